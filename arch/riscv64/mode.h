/* RV64 in supervisor mode, above firmware that answers the SBI. */
#ifndef SKEIN_MODE_H
#define SKEIN_MODE_H

extern bool arch_sstc; /* cores have a timer of their own, stimecmp */

/* By number: the assembler learned the name late. */
#define STIMECMP 0x14d

/* A wfi that does not wait, where there is a stimecmp: the alarm is made to ring for a moment, masked.
 * It is a level: putting it back loses nothing. */
static inline void arch_wfi_hint(void)
{
	unsigned long alarm, state = arch_irq_off();

	__asm__ volatile("csrrw %0, %1, zero\n\twfi\n\tcsrw %1, %0" : "=&r"(alarm) : "i"(STIMECMP) : "memory");
	arch_irq_restore(state);
}

static inline uint64_t arch_cycles(void)
{
	return csr_read(time);
}
#endif

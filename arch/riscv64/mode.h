/* RV64 in supervisor mode, above firmware that answers the SBI. */
#ifndef SKEIN_MODE_H
#define SKEIN_MODE_H

/* The upper half of what 39 bits translate, but for its last GB, so that no
 * end is 0: Sv39 has that half at the end of all addresses. */
#define ARCH_ARENA_START (-((uintptr_t)1 << 38))
#define ARCH_ARENA_SIZE ((uintptr_t)0xff << 30)
#define ARCH_STRETCH ((uintptr_t)1 << 21)
#define ARCH_FLUSH_ALL false /* a fence is the core's own */

extern bool arch_sstc; /* cores have a timer of their own, stimecmp */

/* By number: the assembler learned the name late. */
#define STIMECMP 0x14d

/* A wfi that does not wait: an interrupt is made pending, masked. The alarm, for a moment: it is a
 * level, and putting it back loses nothing. Without stimecmp a wake of its own, which stays
 * pending, as another core's may be behind it. */
static inline void arch_wfi_hint(void)
{
	unsigned long alarm, state = arch_irq_off();

	/* arch_sstc is read here, so that no spin loop keeps its address in a register and thus
	 * needs more stack. */
	__asm__ volatile("lla %0, arch_sstc\n\tlbu %0, 0(%0)\n\tbeqz %0, 1f\n\t"
	                 "csrrw %0, %1, zero\n\twfi\n\tcsrw %1, %0\n\tj 2f\n"
	                 "1:\tcsrsi sip, %2\n\twfi\n2:"
	                 : "=&r"(alarm)
	                 : "i"(STIMECMP), "i"(IP_SOFTWARE)
	                 : "memory");
	arch_irq_restore(state);
}

static inline uint64_t arch_cycles(void)
{
	return csr_read(time);
}
#endif

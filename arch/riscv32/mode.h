/* RV32 in machine mode, without firmware. */
#ifndef SKEIN_MODE_H
#define SKEIN_MODE_H
#include "no_arena.h"

#define MIP_SUPERVISOR 2 /* of mip, mie and mideleg: the supervisor's software interrupt */

/* A wfi that does not wait, where there is a supervisor mode: its software interrupt is pending for
 * ever and delegated, so that machine mode never takes it, and enabled for a moment. Masked, or
 * else the goroutine might move and leave it enabled. */
static inline void arch_wfi_hint(void)
{
	unsigned long state = arch_irq_off();

	__asm__ volatile("csrsi mie, %0\n\twfi\n\tcsrci mie, %0"
	                 :
	                 : "i"(MIP_SUPERVISOR)
	                 : "memory");
	arch_irq_restore(state);
}

static inline uint64_t arch_cycles(void)
{
	uint32_t high, low;

	do {
		high = csr_read(timeh);
		low = csr_read(time);
	} while (csr_read(timeh) != high);
	return (uint64_t)high << 32 | low;
}
#endif

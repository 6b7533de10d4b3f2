/* The timer of the RISC-V privileged architecture: one counter for all cores, an alarm for each:
 * the core's own stimecmp where it has one (the Sstc extension), else the firmware's timer. */
#ifndef SKEIN_RISCV_TIMER_H
#define SKEIN_RISCV_TIMER_H
#include "arch.h"
#include "sbi.h"

/* Context: any. */
static inline uint64_t riscv_timer_now(void)
{
	return arch_cycles();
}

/* UINT64_MAX: none. It stays pending until it is set again.
 * Context: any, masked. */
static inline void riscv_timer_alarm(uint64_t when)
{
	if (__builtin_expect(arch_sstc, 1))
		__asm__ volatile("csrw %0, %1" : : "i"(STIMECMP), "r"(when) : "memory");
	else
		sbi_alarm(when);
}
#endif

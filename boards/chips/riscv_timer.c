/* The core's own stimecmp where it has one (the Sstc extension), else the firmware's timer. */
#include "riscv_timer.h"
#include "arch.h"
#include "sbi.h"

/* Context: any. */
uint64_t riscv_timer_now(void)
{
	return arch_cycles();
}

/* Context: any, masked. */
void riscv_timer_alarm(uint64_t when)
{
	if (arch_sstc)
		__asm__ volatile("csrw %0, %1" : : "i"(STIMECMP), "r"(when) : "memory");
	else
		sbi_alarm(when);
}

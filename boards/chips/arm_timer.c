#include "arm_timer.h"

/* Context: any, masked. */
void arm_timer_init(void)
{
	arm_timer_alarm(UINT64_MAX);
	/* On, its interrupt not masked. */
	__asm__ volatile("msr cntv_ctl_el0, %0\n\tisb" : : "r"(1ul));
}

/* Context: any. */
uint64_t arm_timer_hz(void)
{
	uint64_t hz;

	__asm__("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

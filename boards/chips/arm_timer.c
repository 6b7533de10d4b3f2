/* ARM's generic timer. The comparison is level: an alarm in the past rings at once. */
#include "arm_timer.h"

/* Context: any, masked. */
void arm_timer_alarm(uint64_t when)
{
	__asm__ volatile("msr cntv_cval_el0, %0\n\tisb" : : "r"(when));
}

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

/* Context: any. */
uint64_t arm_timer_now(void)
{
	uint64_t now;

	/* The barrier keeps the read from running ahead of what comes before it. */
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now) : : "memory");
	return now;
}

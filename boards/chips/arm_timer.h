/* The virtual timer of ARM's generic timer: one counter for all cores, an alarm for each. */
#ifndef SKEIN_ARM_TIMER_H
#define SKEIN_ARM_TIMER_H
#include <stdint.h>

#define ARM_TIMER_PPI 27 /* by convention, which every board follows */

void arm_timer_init(void); /* each core: alarm off */
uint64_t arm_timer_hz(void);

/* Context: any. */
static inline uint64_t arm_timer_now(void)
{
	uint64_t now;

	/* The barrier keeps the read from running ahead of what comes before it. */
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now) : : "memory");
	return now;
}

/* UINT64_MAX: none. The comparison is level: an alarm in the past rings at once, and until it is
 * set again.
 * Context: any, masked. */
static inline void arm_timer_alarm(uint64_t when)
{
	__asm__ volatile("msr cntv_cval_el0, %0\n\tisb" : : "r"(when));
}
#endif

/* The virtual timer of ARM's generic timer: one counter for all cores, an alarm for each. */
#ifndef SKEIN_ARM_TIMER_H
#define SKEIN_ARM_TIMER_H
#include <stdint.h>

#define ARM_TIMER_PPI 27 /* by convention, which every board follows */

void arm_timer_init(void); /* each core: alarm off */
uint64_t arm_timer_hz(void);
uint64_t arm_timer_now(void);
void arm_timer_alarm(uint64_t when); /* UINT64_MAX: none. It stays pending until it is set again */
#endif

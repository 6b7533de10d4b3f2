/* The limit of go_maxprocs: cores below it run all goroutines but those pinned elsewhere. */
#ifndef SKEIN_LIMIT_H
#define SKEIN_LIMIT_H
#include "sched/core.h"

extern struct limit {
	uint32_t cores;  /* atomic: S4 */
	uint32_t kept;   /* atomic: a bit for each core that runs only what is pinned to it: S4 */
	uint32_t asleep; /* atomic: a bit for each core beyond the limit that sleeps: I1 */
} limit;

void limit_see(struct core *);       /* at the end of an interrupt: this core obeys the limit */
void limit_hand_over(struct core *); /* beyond the limit: gives some work away */

#endif

/* All cores but one stand still for a moment, at a point where the registers of what ran there are
 * saved: see pause.c. */
#ifndef SKEIN_PAUSE_H
#define SKEIN_PAUSE_H
#include "sched/core.h"

/* The other cores stand still on return. False: some core did not come to stand in so many ticks,
 * and all go on. One core at a time may ask. */
bool pause_others(struct core *, uint64_t ticks);
void pause_end(void);           /* the other cores go on */
void pause_take(struct core *); /* this core is asked to stand still */

#endif

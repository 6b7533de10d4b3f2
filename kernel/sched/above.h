/* What the scheduler asks of the floors above it. */
#ifndef SKEIN_ABOVE_H
#define SKEIN_ABOVE_H
#include "sched/core.h"

/* Upward. */

/* report/deadlock.c: this core is about to sleep */
void deadlock_check(struct core *);
/* report/watch.c: is another core stuck? watch_from: the next look is due in so many ticks */
void watch(struct core *, uint64_t now);
void watch_from(struct core *, uint64_t now, uint64_t ticks);
/* lib/libc: takes its state back from a goroutine that ends */
void libc_release(void *reent);

#endif

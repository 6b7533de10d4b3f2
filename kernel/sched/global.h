/* The queues of runnable goroutines that several cores put into or take from: the global queue, and
 * each core's queue of pinned goroutines. The rings are in runq.h. */
#ifndef SKEIN_GLOBAL_H
#define SKEIN_GLOBAL_H
#include "sched/core.h"

extern struct gqueue global; /* guarded by SCHED */

/* Puts g behind all others. A pinned goroutine goes to its own core's queue, and that core is
 * woken. For any other goroutine the caller notifies. */
void global_put(struct g *);
void global_spill(struct core *); /* a full ring's first few */
void global_join(struct core *);  /* this core's share joins its ring, at the tail */
struct g *global_take_pinned(struct core *);

#endif

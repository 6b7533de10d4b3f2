/* Runnable goroutines that stand where more than one core may take or put them: the global queue,
 * and each core's pinned ones. The rings are runq.h's. */
#ifndef SKEIN_GLOBAL_H
#define SKEIN_GLOBAL_H
#include "core.h"

extern struct gqueue global; /* guarded by SCHED */

/* behind all others. If it is pinned, in its core's queue, and that core is woken; else the
 * caller notifies */
void global_put(struct g *);
void global_spill(struct core *); /* a full ring's first few */
void global_join(struct core *);  /* this core's share joins its ring, at the tail */
struct g *global_take_pinned(struct core *);

#endif

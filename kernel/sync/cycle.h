/* CHECK=1: who has locked which mutex, and who waits for which. So a cycle of goroutines that wait
 * for each other's mutexes is found when it closes: cycle.c. */
#ifndef SKEIN_CYCLE_H
#define SKEIN_CYCLE_H
#include "sched/g.h"
#include "skein.h"

/* g waits for the mutex, which `holder` has locked. */
struct cycle_edge {
	const struct g *g, *holder;
	const struct mutex *mutex;
	unsigned id, holder_id; /* theirs */
};

#if CONFIG_CHECK
/* The n-th edge of the way that begins at g. False: there are not so many. */
bool cycle_edge(const struct g *g, unsigned n, struct cycle_edge *);
/* This goroutine is about to wait for m without a limit. Reports it when that closes a cycle. */
void cycle_wait(struct mutex *m);
/* g has locked m. */
void cycle_lock(struct mutex *m, struct g *g);
#else
static inline void cycle_wait(struct mutex *m)
{
	(void)m;
}

static inline void cycle_lock(struct mutex *m, struct g *g)
{
	(void)m, (void)g;
}
#endif

#endif

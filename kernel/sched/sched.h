/* The scheduler's services: it makes a goroutine runnable, leaves the running one, and runs the
 * next. See the head of sched.c. */
#ifndef SKEIN_SCHED_H
#define SKEIN_SCHED_H
#include "sched/bounds.h"
#include "sched/core.h"
#include "sched/idle.h"

/* Makes a waiting goroutine runnable, which the caller has claimed; then arch_irq_restore(was).
 * Returns 1. */
unsigned ready(struct g *, unsigned long was);
/* The same for a goroutine that go made: it goes to the ring's tail. */
unsigned ready_new(struct g *, unsigned long was);

unsigned wake_and_restore(unsigned long was); /* idle_wake, arch_irq_restore(was); 1 */

_Noreturn void park_refused(enum why);
/* park and park_until of a goroutine for which leaves_aside holds */
void park_aside(enum why, void (*commit)(void *), void *arg, const void *object);
void park_aside_until(enum why, void (*commit)(void *), void *arg, const void *object,
                      uint64_t end);
/* for park: unlocks the lock under which the wait was made visible */
void commit_unlock(void *lock);
void commit_wait(void *unused); /* for park: does nothing more */
/* Core stack: runs the next goroutine, or idles (pick.c). Like other functions that run a goroutine
 * it does not return, and is not declared so: see arch_load. */
void schedule(void);

/* For park: the goroutine has been asked whether it may wait, and is of no bubble. */
static inline void park_plain(struct g *g, enum why why, const void *object, void (*commit)(void *),
                              void *arg)
{
	g->why = (int8_t)why;
	g->object = object;
	g->since = arch_cycles();
	arch_park(&g->context, commit, arg);
}

/* Leaves the running goroutine's stack and calls commit(arg) on the core stack. commit makes the
 * wait visible, usually by unlocking, and ends in schedule(). park returns, still masked, after
 * ready made the goroutine runnable. Panics in a handler, under a spin_lock and after
 * go_preempt_off.
 * Context: goroutine, masked. */
static inline void park(enum why why, const void *object, void (*commit)(void *), void *arg)
{
	struct g *g = arch_self();

	if (unlikely(leaves_aside(g)))
		return park_aside(why, commit, arg, object);
	park_plain(g, why, object, commit, arg);
}

/* The moment at which a limit that begins now has passed, by the clock that this goroutine follows;
 * NEVER for GO_FOREVER: timer.c. */
uint64_t deadline(go_time limit);
/* For park_until, as park_plain for park: timer.c. */
void park_plain_until(enum why, const void *object, void (*commit)(void *), void *arg,
                      uint64_t end);

/* As park, but if nobody has claimed this goroutine by `end`, its timer claims it, with
 * RESULT_TIMEOUT. */
static inline void park_until(enum why why, const void *object, void (*commit)(void *), void *arg,
                              uint64_t end)
{
	if (unlikely(leaves_aside(arch_self())))
		return park_aside_until(why, commit, arg, object, end);
	park_plain_until(why, object, commit, arg, end);
}

/* To be called after a push. Returns 1.
 * Context: any, masked. */
static inline unsigned notify_and_restore(unsigned long was)
{
	if (load_full(&idle.cores)) /* I2 */
		return wake_and_restore(was);
	arch_irq_restore(was);
	return true;
}

#endif

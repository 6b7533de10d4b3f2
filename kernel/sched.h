/* The scheduler: see the essay at the head of sched.c. */
#ifndef SKEIN_SCHED_H
#define SKEIN_SCHED_H
#include "core.h"
#include "idle.h"

struct slab;

void sched_init(void);
/* a waiting goroutine that the caller has claimed may run; then arch_irq_restore(was). 1 */
unsigned ready(struct g *, unsigned long was);
/* the same for one that go made: to the ring's tail */
unsigned ready_new(struct g *, unsigned long was);

unsigned wake_and_restore(unsigned long was); /* idle_wake, then arch_irq_restore(was). 1 */

_Noreturn void park_refused(enum why);
/* for park: lets go of the lock under which it has made the wait visible */
void commit_unlock(void *lock);
void commit_wait(void *unused); /* nothing is left to do */
/* core stack: runs the next goroutine, or idles. As the functions below that run one it does not
 * return, and is not declared so: see arch_load */
void schedule(void);

/* For search.c and preempt.c. */
void run(struct core *, struct g *);            /* g's slice has been stamped */
void sched_put_head(struct core *, struct g *); /* runs next, here or elsewhere */
void sched_put_tail(struct core *, struct g *); /* to the end of this core's line */
void sched_put_away(struct g *);                /* into the queue of its core, or the global one */
/* tells the board when this core must look again: at end or before */
void sched_alarm(struct core *, uint64_t end);
/* g's slice begins now, less what it has used before a short sleep; g may be null */
void sched_new_slice(struct core *, const struct g *g);

/* preempt.c, for sched.c. */
void preempt_init(struct core *);
extern struct slab preempt_frames;     /* for stats.c */
void interrupts_handle(struct core *); /* core stack: what is pending; fills core->woken */
void interrupts_run_woken(struct core *, struct g *); /* runs the first of core->woken, before g */
/* the first that they readied; the others go before the ring, then g, which may be null. None: g.
 * Null: beyond the limit */
struct g *interrupts_woken(struct core *, struct g *);
void resume(struct core *, struct g *); /* a goroutine that left by interrupt */

/* watch.c, for preempt.c and search.c. */
void watch(struct core *, uint64_t now); /* is another one stuck? */
void watch_from(struct core *, uint64_t now, uint64_t ticks);

/* irq.c, for sched.c. */
bool irq_may_wake(void); /* some device could make a goroutine runnable */

/* Leaves the running goroutine's stack and calls commit(arg) on the core stack: it makes the wait
 * visible, usually by unlocking, and ends in schedule(). Returns, still masked, when somebody has
 * called ready. Panics in a handler, under a spin_lock and after go_preempt_off.
 * Context: goroutine, masked. */
static inline void park(enum why why, const void *object, void (*commit)(void *), void *arg)
{
	struct g *g = arch_self();

	if (unlikely(g->preempt_off))
		park_refused(why);
	g->why = why;
	g->object = object;
	g->since = arch_cycles();
	arch_park(&g->context, commit, arg);
}

/* After a push. 1.
 * Context: any, masked. */
static inline unsigned notify_and_restore(unsigned long was)
{
	if (load_full(&idle.cores)) /* I2 */
		return wake_and_restore(was);
	arch_irq_restore(was);
	return true;
}

/* Runs when the interrupt is over: preempt.c. */
static inline void sched_woken(struct core *core, struct g *g)
{
	g->next = core->woken;
	core->woken = g;
}

/* Context: any, masked. */
static inline void sched_alarm_at(struct core *core, uint64_t when)
{
	poke(&core->alarm, when);
	board_alarm(when);
}

/* The next pick asks who was readied by an interrupt, then whose turn it is, before it takes from
 * the ring.
 * Context: core stack. */
static inline void sched_look(struct core *core)
{
	poke(&core->stats.skipped, core->stats.skipped + core->picks - 1);
	core->picks = 1;
}

/* line_stands: the last in the ring has had its turn, though it may come to the same place again.
 * Context: core stack. */
static inline void sched_ran(struct core *core, const struct g *g)
{
	if (unlikely(g == core->last))
		core->last = 0;
}

/* g->spent waits with it, without what it waits: it is relative until g is taken.
 * Context: core stack. */
static inline void sched_interrupted(struct core *core, struct g *g)
{
	uint64_t now = arch_cycles();

	g->spent = !g->frame && g->spent > now ? g->spent - now : 0;
	g->next = core->interrupted;
	core->interrupted = g;
	sched_look(core);
}

/* Context: core stack. */
static inline struct g *sched_take_interrupted(struct core *core)
{
	struct g *g = core->interrupted;

	if (g) {
		core->interrupted = g->next;
		g->spent += arch_cycles();
	}
	return g;
}

/* What stands in the next slot, which this core alone fills.
 * Context: core stack. */
static inline struct g *sched_take_next(struct core *core)
{
	return load_relaxed(&core->next) ? swap_full(&core->next, 0) : 0; /* S2 */
}

#endif

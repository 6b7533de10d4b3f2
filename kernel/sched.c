/* The scheduler.
 *
 * A core runs goroutines one after another. Leaving a goroutine always lands on the core stack,
 * entered fresh: it holds no saved context, so a switch is one save and one load, and what must
 * happen after the switch (unlock a channel, free a dead stack) is a plain statement in the
 * function that arch_park was given. That function ends in schedule().
 *
 * Where a core looks: its next slot, its own ring, then farther: search.c; on every 61st pick the
 * queues of global.c come first, so that nobody starves behind a busy ring. Where work goes: a
 * readied goroutine into the next slot of the core that readied it (it was just written to by that
 * core, and often the readier is about to wait for it); what was there moves to the ring's tail. A
 * new goroutine and one that yields go to the ring's tail. A full ring spills its first few to the
 * global queue. One that is pinned (go_attr .core) goes to the queue of its core, which no thief
 * looks at.
 *
 * Slices. What comes from the next slot runs on the rest of the slice of the goroutine that readied
 * it: so two that hand a value to and fro share one slice, and the ring behind them gets its turn.
 * All others get a new slice. A switch only stamps the start of the slice; the alarm, which is
 * not later than its end but by the 50 us that preempt.c may put it off, comes early and is set
 * again.
 *
 * A handler and a goroutine under a spin_lock may not wait: g->preempt_off, also of the g that
 * stands for a core's handlers, says so with one look.
 *
 * Preemption, and what an interrupt readies: preempt.c. Cores beyond the limit of go_maxprocs:
 * limit.c.
 *
 * Orders
 *   S1 full     next in ready           <-> I1, -> S2   its pusher sees the sleeper or the sleeper
 *                                                       sees it
 *   S2 full     next in take            <- S1   what the readier wrote is visible; and who sees the
 *                                               slot empty sees what was pushed before
 * Rejected: a run queue for all cores (a lock on every switch); saving the scheduler's own context
 * (a save and a load more a switch); priorities by several rings, which nobody has asked for
 * yet. */
#include "sched.h"
#include "atomic.h"
#include "clock.h"
#include "global.h"
#include "idle.h"
#include "limit.h"
#include "panic.h"
#include "search.h"
#include "skein.h"

/* Context: boot. */
void sched_init(void)
{
	limit.cores = core_count;
	for (unsigned i = 0; i < core_count; i++) {
		cores[i].slice =
		    clock_ticks(CONFIG_SLICE_NS) + i * clock_ticks(CONFIG_SLICE_JITTER_NS);
		cores[i].least = clock_ticks(CONFIG_LEAST_NS) - 1;
		cores[i].enough = cores[i].slice - cores[i].least;
	}
}

/* To the tail of this core's ring. */
static inline void put_tail(struct core *core, struct g *g)
{
	while (unlikely(!runq_push(&core->runq, g)))
		global_spill(core);
}

/* Context: core stack. The caller notifies. */
void sched_put_head(struct core *core, struct g *g)
{
	if (g->pin)
		return global_put_first(core, g);
	if (core->slow)
		return global_put(g);
	while (!runq_push_head(&core->runq, g))
		global_spill(core);
}

/* Making goroutines runnable. */

/* Context: any, masked. */
unsigned wake_and_restore(unsigned long was)
{
	idle_wake();
	arch_irq_restore(was);
	return true;
}

static noinline unsigned spill_and_displace(struct core *core, struct g *old, unsigned long was)
{
	do
		global_spill(core);
	while (!runq_push(&core->runq, old));
	return notify_and_restore(was);
}

static leaf noinline unsigned displace_and_restore(struct core *core, struct g *old,
                                                   unsigned long was)
{
	if (unlikely(!runq_push(&core->runq, old)))
		return spill_and_displace(core, old, was);
	return notify_and_restore(was);
}

/* Context: any, masked. */
void sched_put_away(struct g *g)
{
	bool pinned = g->pin;

	global_put(g);
	if (!pinned)
		idle_notify();
}

/* In a handler, beyond the limit, or pinned. */
static noinline unsigned ready_aside(struct core *core, struct g *g, unsigned long was)
{
	if (core->slow & HANDLING && (!g->pin || g->pin == core->index + 1))
		sched_woken(core, g);
	else
		sched_put_away(g);
	arch_irq_restore(was);
	return true;
}

static noinline unsigned ready_slow(struct g *g, unsigned long was)
{
	assert_that(g->why > G_RUNNABLE, "sched: goroutine %u is readied while it does not wait",
	            g->id);
	g->why = G_RUNNABLE;
	return ready_aside(arch_core(), g, was);
}

/* It ends in arch_irq_restore: what an operation ends with is a jump then, and needs no frame.
 * Context: any, masked. */
leaf unsigned ready(struct g *g, unsigned long was)
{
	struct core *core = arch_core();
	struct g *old;

	if (unlikely(g->why <= G_RUNNABLE) || unlikely(core->slow | g->pin))
		return ready_slow(g, was);
	g->why = G_RUNNABLE;
	old = swap_full(&core->next, g); /* S1 */
	if (unlikely(old))
		return displace_and_restore(core, old, was);
	return notify_and_restore(was);
}

/* Context: any, masked. */
leaf unsigned ready_new(struct g *g, unsigned long was)
{
	struct core *core = arch_core();

	if (unlikely(core->slow | g->pin))
		return ready_aside(core, g, was);
	if (unlikely(!runq_push(&core->runq, g)))
		return spill_and_displace(core, g, was);
	return notify_and_restore(was);
}

/* Running. */

/* Context: core stack. */
leaf void run(struct core *core, struct g *g)
{
	if (CONFIG_CHECK)
		lock_none_held("to run a goroutine");
	store_relaxed(&core->g, g);
	if (CONFIG_TRACE)
		trace_switch(core, g);
	arch_self_set(g);
	if (unlikely(g->frame))
		return resume(core, g);
	arch_load(&g->context);
}

static inline void run_stamped(struct core *core, struct g *g)
{
	core->slice_start = arch_cycles();
	run(core, g);
}

/* What the global queue has needs no searcher: who put it there has notified. But those whom
 * preempt.c has put off come before it, and so does an interrupt: a way here may be long. */
static noinline void run_farther(struct core *core)
{
	struct g *g;

	if (load_relaxed(&global.n) && !core->woken && !arch_irq_pending() &&
	    (g = search_shared(core)))
		return run_stamped(core, g);
	search(core);
}

static inline void run_local(struct core *core)
{
	struct g *g;

	if ((g = sched_take_next(core)))
		return run(core, g);
	if ((g = runq_pop(&core->runq)))
		return run_stamped(core, g);
	run_farther(core);
}

static noinline void run_shared_first(struct core *core)
{
	struct g *g;

	if (core->later) {
		core->picks = core->later;
		core->later = 0;
		count(&core->stats.firsts);
		g = global_take_pinned(core);
	} else {
		core->picks = CONFIG_GLOBAL_EVERY;
		count(&core->stats.rounds);
		g = search_shared(core);
	}
	if (!g)
		return run_local(core);
	if (!runq_looks_empty(&core->runq)) /* one that yields was not told of: commit_yield */
		idle_notify();
	run_stamped(core, g);
}

/* Context: core stack. */
leaf void schedule(void)
{
	struct core *core = arch_core();

	if (unlikely(--core->picks == 0))
		return run_shared_first(core);
	run_local(core);
}

/* At the first timer, at `end` at the latest; at once when there is more to hand over.
 * Context: core stack. */
void sched_alarm(struct core *core, uint64_t end)
{
	uint64_t when = core->timers.first < end ? core->timers.first : end;

	if (unlikely(core->slow) && !runq_empty(&core->runq))
		when = arch_cycles();
	if (when != core->alarm)
		sched_alarm_at(core, when);
}

/* From here on: however long the way to it was, the goroutine gets its slice.
 * Context: core stack. */
void sched_new_slice(struct core *core)
{
	core->slice_start = arch_cycles();
	sched_alarm(core, core->slice_start + core->slice);
}

/* Leaving a goroutine. */

/* Context: core stack. */
leaf void commit_unlock(void *l)
{
	unlock(l);
	schedule();
}

/* Context: core stack. */
leaf void commit_wait(void *unused)
{
	(void)unused;
	schedule();
}

/* Context: goroutine or handler, masked. */
void park_refused(enum why why)
{
	const char *what = why == G_RUNNABLE ? "go_yield" : why_name[why];

	if (arch_core()->slow & HANDLING)
		panic("%s in an interrupt handler: a handler may not wait, use the try form", what);
	panic(
	    "%s after go_preempt_off or under a spin_lock: end that before anything that can wait",
	    what);
}

static noinline void commit_yield_slow(void *arg)
{
	struct core *core = arch_core();
	struct g *g = arg;

	if (core->slow | g->pin)
		sched_put_away(g);
	else
		put_tail(core, g);
	schedule();
}

/* No wake, unless it is for others: who could run it was not woken for what is there already. */
static leaf void commit_yield(void *arg)
{
	struct core *core = arch_core();
	struct g *g = arg;

	if (unlikely(core->slow | g->pin) || unlikely(!runq_push(&core->runq, g)))
		return commit_yield_slow(g);
	schedule();
}

/* Context: goroutine; may park. */
void go_yield(void)
{
	struct g *g;

	arch_irq_off();
	g = arch_self();
	if (unlikely(g->preempt_off))
		park_refused(G_RUNNABLE);
	arch_park(&g->context, commit_yield, g);
	arch_irq_on();
}

/* Context: any. */
unsigned go_cores(void)
{
	return core_count;
}

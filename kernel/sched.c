/* The scheduler.
 *
 * A core runs goroutines one after another. Leaving a goroutine always lands on the core stack,
 * entered fresh: it holds no saved context, so a switch is one save and one load, and what must
 * happen after the switch (unlock a channel, free a dead stack) is a plain statement in the
 * function that arch_park was given. That function ends in schedule().
 *
 * Who runs next. A core takes the goroutine in its next slot, else the first of its ring, else it
 * looks farther: search.c. Where work goes: a readied goroutine into the next slot of the core that
 * readied it (that core has just written to it, and the readier is often about to wait for it); the
 * goroutine that was in the slot moves to the ring's tail. A new goroutine and one that yields go
 * to the ring's tail. A goroutine whose slice is over goes to the global queue, from which the core
 * with the shortest ring takes it. A full ring spills its first few to the global queue. A pinned
 * goroutine (go_attr .core) goes to the queue of its core, which no thief looks at.
 *
 * Nobody starves. A core has one line: its ring, which the global queue joins at the tail, and the
 * pinned goroutines, which alternate with the ring (search_turn). The line moves at the end of each
 * slice, on the 61st pick that is not from the next slot, and after each slice's length of time,
 * whatever the picks were (core->look). So a goroutine that can run waits for at most one slice of
 * each other one that can, and twice that beside pinned ones. Goroutines that sleep for about as long as
 * they compute owe nothing and preempt whenever they wake, so that many of them could keep a core from
 * its line for ever: when the last in the ring has waited for two slices of each one before it, they
 * wait in the line too until it has had its turn (line_stands). Who takes a slice out of turn pays for
 * it:
 *   - the goroutine in the next slot runs on the rest of its readier's slice. Two that hand a value
 *     to and fro share one slice. At its end the one in the slot goes to the ring's tail;
 *   - a goroutine that a timer wakes preempts on what is left of its own slice: g->spent. When
 *     nothing is left it waits for its turn;
 *   - a goroutine that was interrupted goes on with the rest of its slice, and is protected for an
 *     eighth of the time for which it was interrupted: preempt.c.
 *
 * A switch only stamps the start of the slice. The alarm is not later than the end of the slice, but
 * for the 50 us that preempt.c may put it off; it comes early and is set again.
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
		cores[i].protected = cores[i].least;
		cores[i].enough = cores[i].slice - cores[i].least;
	}
}

/* Context: core stack. The caller notifies. */
void sched_put_tail(struct core *core, struct g *g)
{
	while (unlikely(!runq_push(&core->runq, g)))
		global_spill(core);
}

/* It was woken after a short sleep, and has the rest of its slice only. */
static inline bool owes(const struct g *g)
{
	return !g->frame && g->spent > arch_cycles();
}

/* Context: core stack. The caller notifies. */
void sched_put_head(struct core *core, struct g *g)
{
	if (core->slow && !g->pin)
		return global_put(g);
	sched_ran(core, g);
	if (g->pin || owes(g) || !runq_push_head(&core->runq, g))
		sched_interrupted(core, g);
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

	if (unlikely(core->slow | g->pin)) {
		g->spent = 0; /* that was of the goroutine before, in the same g */
		return ready_aside(core, g, was);
	}
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
	    (g = search_turn(core)))
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

/* Goroutines that interrupts have readied and that might not preempt run when the running one leaves
 * its core. Once in a while: two that sleep for less than a switch takes would otherwise come before
 * the ring for ever. */
static bool woken_first(struct core *core, uint64_t now)
{
	if (!core->woken || now - core->gave_way < 2 * core->least)
		return false;
	core->gave_way = now;
	return true;
}

/* One that yields and waits in the ring was not told of: commit_yield. */
static void notify_and_run(struct core *core, struct g *g)
{
	if (!runq_looks_empty(&core->runq))
		idle_notify();
	run(core, g);
}

enum { PATIENCE = 4 }; /* looks */

/* Has the last in the ring waited for two looks for each one before it, and some? Then goroutines that sleep and
 * wake come before the line again and again; until the last has had its turn they must wait for theirs.
 * Else the one that is last now is watched.
 * Context: core stack. */
static bool line_stands(struct core *core)
{
	uint32_t head = load_relaxed(&core->runq.head), tail = load_relaxed(&core->runq.tail);
	unsigned n = runq_length(head, tail);

	if (core->last && runq_length(head, core->last_at) < n &&
	    load_relaxed(runq_slot(&core->runq, core->last_at)) == core->last)
		return (int32_t)(core->looks - core->last_by) > 0;
	core->last_at = tail - 1;
	core->last = n ? load_relaxed(runq_slot(&core->runq, core->last_at)) : 0;
	core->last_by = core->looks + 2 * (n + 1) + PATIENCE;
	return false;
}

/* What is taken from the line now runs for a slice, whatever interrupts ready. */
static void hold_line(struct core *core, uint64_t now)
{
	core->protected = core->slice;
	core->plain = now + core->slice;
	core->plain_for = 0;
	sched_look(core);
}

/* A way here may be long: the interrupt that is pending is handled, but does not take the turn. Whom it
 * readies preempts as soon as it may. The alarm may have rung for a slice that was over anyway.
 * Context: core stack. */
static noinline void handle_before_turn(struct core *core)
{
	store_relaxed(&core->g, (struct g *)0);
	arch_self_set(&core->idle);
	interrupts_handle(core);
	sched_alarm(core, arch_cycles() + (core->woken ? 0 : core->slice));
}

/* The pick that asks whose turn it is. The goroutine in the next slot inherits a slice, so that it
 * takes nobody's turn. */
static noinline void run_after_look(struct core *core)
{
	uint64_t now = arch_cycles();
	struct g *g;

	core->picks = CONFIG_GLOBAL_EVERY;
	count(&core->stats.rounds);
	core->protected = core->least;
	if (unlikely(line_stands(core)))
		hold_line(core, now);
	else if (woken_first(core, now)) {
		sched_look(core);
		return interrupts_run_woken(core, 0);
	}
	if ((g = sched_take_interrupted(core))) {
		sched_look(core);
		sched_new_slice(core, g);
		return notify_and_run(core, g);
	}
	if ((g = sched_take_next(core)))
		return run(core, g);
	if (unlikely(arch_irq_pending()))
		handle_before_turn(core);
	if (!(g = search_turn(core)))
		return run_farther(core);
	core->slice_start = arch_cycles();
	notify_and_run(core, g);
}

/* Context: core stack. */
leaf void schedule(void)
{
	struct core *core = arch_core();

	if (unlikely(--core->picks == 0))
		return run_after_look(core);
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

/* From here on: however long the way to it was, the goroutine gets its slice. What it has used
 * before it slept counts, less what it has slept; one that was preempted knows that itself.
 * Context: core stack. */
void sched_new_slice(struct core *core, const struct g *g)
{
	uint64_t now = arch_cycles(), used = g && !g->frame && g->spent > now ? g->spent - now : 0;

	core->slice_start = now - used;
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
		sched_put_tail(core, g);
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

/* Who runs next. This is the one place that chooses the next goroutine: when one parks or ends, at
 * the end of a slice, after an interrupt that readied some, and on an idle core.
 *
 * Goroutines that interrupts readied run before all others (take_woken), unless one is protected
 * from them (preempt.c). Else a core takes, in this order (run_local):
 *   1 the goroutine in its next slot;
 *   2 the first of its ring;
 *   3 the goroutine whose turn it is in the global and the pinned queue (pick_turn);
 *   4 what it finds when it searches (search.c, by pick_anywhere): half of another core's ring, or
 *     at last the goroutine in another core's next slot.
 * On every 61st pick, on the first pick after each slice's length of time (core->look), and
 * whenever a goroutine waits in core->interrupted, the core asks whose turn it is before it takes
 * from the ring. Then the order is: core->interrupted, the next slot, the goroutine whose turn it
 * is (run_after_look).
 *
 * Nobody starves. A core has one line: its ring, which the global queue joins at the tail, and its
 * pinned goroutines, which alternate with the ring (pick_turn). A goroutine whose slice is over
 * goes to the global queue, and a core whose ring is shorter than its share takes it from there
 * (global.c). The line moves at the end of each slice, and whenever the core asks whose turn it is.
 * So a runnable goroutine waits for at most one slice of each other runnable one, and for twice as
 * long if some of these are pinned.
 *
 * Goroutines that sleep for about as long as they compute preempt whenever they wake, on what is
 * left of their own slices. Many of them could keep a core from its line for ever. So the core
 * watches whether its line moves (turns.c). If two slices have gone by for each goroutine in the
 * line and one of these goroutines has not run, woken goroutines must wait in the line too. That
 * ends when everybody who was in the line by then has run.
 *
 * A goroutine that runs out of turn pays for that:
 *   - The goroutine in the next slot runs on the rest of its readier's slice. Two goroutines that
 *     hand a value to and fro share one slice. At its end the one in the slot goes to the ring's
 *     tail.
 *   - A goroutine that a timer wakes preempts on what is left of its own slice (g->spent). When
 *     nothing is left it waits for its turn.
 *   - An interrupted goroutine goes on with the rest of its slice, and is protected for an eighth
 *     of the time that it was kept from running (preempt.c).
 *
 * Rejected: one run queue for all cores (a lock on every switch); priorities by several rings,
 * which nobody has asked for yet. */
#include "sched/pick.h"
#include "base/atomic.h"
#include "base/clock.h"
#include "base/rand.h"
#include "memory/lock.h"
#include "sched/g.h"
#include "sched/global.h"
#include "sched/grow.h"
#include "sched/idle.h"
#include "sched/limit.h"
#include "sched/preempt.h"
#include "sched/sched.h"
#include "sched/search.h"
#include "sched/slice.h"

enum { SETTLED = 8 }; /* steps that a look takes for ended goroutines */

/* Putting goroutines into the queues. */

/* Context: core stack. The caller notifies. */
void put_tail(struct core *core, struct g *g)
{
	while (unlikely(!runq_push(&core->runq, g)))
		global_spill(core);
}

/* g was woken after a short sleep, and has only the rest of its slice. */
static inline bool owes(const struct g *g)
{
	return !g->frame && g->spent > arch_cycles();
}

/* Context: core stack. The caller notifies. */
void put_head(struct core *core, struct g *g)
{
	if (core->slow && !g->pin)
		return global_put(g);
	turns_ran(&core->turns, g);
	/* while a core sleeps, one that owes is better run there at once */
	if (g->pin || (owes(g) && !load_relaxed(&idle.cores)) || !runq_push_head(&core->runq, g))
		put_interrupted(core, g);
}

/* Context: any, masked. */
void put_away(struct g *g)
{
	bool pinned = g->pin;

	global_put(g);
	if (!pinned)
		idle_notify();
}

/* Taking goroutines out of the queues. */

/* Context: core stack. */
struct g *pick_turn(struct core *core)
{
	struct g *g = 0;

	if (++core->turns.given % 2 || core->slow)
		g = global_take_pinned(core);
	if (g || core->slow)
		return g;
	g = runq_pop(&core->runq); /* first, so that there is room for one */
	global_join(core);
	if (!g)
		g = runq_pop(&core->runq);
	return g ? g : global_take_pinned(core);
}

/* Must woken wait for its turn? Yes, if it had used up its slice and then slept too briefly to get
 * a new one, or if every woken goroutine waits for its turn now (turns.c). */
static inline bool slice_over(const struct core *core, const struct g *woken)
{
	return core->turns.strict || woken->spent > arch_cycles() + core->enough;
}

/* Many goroutines may have been readied, so pending interrupts are handled between two of them. A
 * goroutine that such an interrupt readies may run before some that were readied earlier, and so
 * may one for which the ring has no room. Beyond the limit of go_maxprocs only pinned ones run
 * here.
 * Context: core stack. */
struct g *take_woken(struct core *core, struct g *g)
{
	struct g *woken;

	for (;;) {
		while (unlikely(arch_irq_pending()))
			interrupts_handle(core);
		if (!(woken = core->woken))
			break;
		core->woken = woken->next;
		if (slice_over(core, woken)) {
			global_put(woken);
			continue;
		}
		if (g)
			put_head(core, g);
		g = woken;
	}
	if (likely(!core->slow) || !g || g->pin)
		return g;
	global_put(g);
	return 0;
}

static struct g *steal_ring(struct core *core)
{
	unsigned start = rand_below(&core->rand, core_count);
	struct g *g;

	for (unsigned i = 0; i < core_count && !arch_irq_pending(); i++) {
		unsigned victim = start + i < core_count ? start + i : start + i - core_count;

		if (victim == core->index || runq_looks_empty(&cores[victim].runq))
			continue;
		if ((g = runq_steal(&core->runq, &cores[victim].runq))) {
			count(&core->stats.steals);
			return g;
		}
	}
	return 0;
}

/* A goroutine in a next slot is about to run on that core, unless the core is busy. So it is stolen
 * last, and only if it was in the slot for a whole round over the rings. */
static struct g *steal_next(struct core *core)
{
	struct g *seen[CONFIG_CORES], *g;

	for (unsigned i = 0; i < core_count; i++)
		seen[i] = load_relaxed(&cores[i].next);
	if ((g = steal_ring(core)))
		return g;
	arch_relax();
	for (unsigned i = 0; i < core_count; i++) {
		if (i == core->index || !seen[i])
			continue;
		if (cas_full(&cores[i].next, seen[i], (struct g *)0)) { /* S2 */
			count(&core->stats.steals);
			return seen[i];
		}
	}
	return 0;
}

/* Looks everywhere once. Returns null when an interrupt readies a goroutine meanwhile.
 * Context: core stack. */
struct g *pick_anywhere(struct core *core)
{
	struct g *g;

	if (unlikely(core->slow)) {
		limit_hand_over(core);
		return whole_slice(global_take_pinned(core));
	}
	if ((g = take_interrupted(core)))
		return g;
	if (interrupts_poll(core) || core->slow)
		return 0;
	if ((g = take_next(core)) || (g = pick_turn(core)))
		return whole_slice(g);
	if (interrupts_poll(core) || core->slow)
		return 0;
	if ((g = steal_ring(core)) || interrupts_poll(core) || core->slow)
		return whole_slice(g);
	return whole_slice(steal_next(core));
}

/* Running. */

/* Context: core stack. */
leaf void run(struct core *core, struct g *g)
{
	if (CONFIG_CHECK) {
		lock_none_held("to run a goroutine");
		grow_squeeze(core, g);
	}
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
	slice_stamp(core, arch_cycles());
	run(core, g);
}

/* Runs the goroutine that was readied first; the other readied ones come next, then g. The core has
 * left its goroutine, so core->g is null and a handler finds no goroutine under it.
 * Context: core stack. */
noinline void run_woken(struct core *core, struct g *g)
{
	struct g *first;

	store_relaxed(&core->g, (struct g *)0);
	first = take_woken(core, g);
	idle_notify();
	slice_begin(core, first);
	if (first)
		return run(core, first);
	schedule();
}

/* A goroutine of the global queue is taken without a search: whoever put it there has notified. But
 * goroutines that preempt.c has put off (core->woken) come first, and so does a pending interrupt,
 * because the way here may have been long. */
static noinline void run_farther(struct core *core)
{
	struct g *g;

	if (load_relaxed(&global.n) && !core->woken && !arch_irq_pending() && (g = pick_turn(core)))
		return run_stamped(core, g);
	search(core);
}

static inline void run_local(struct core *core)
{
	struct g *g;

	if ((g = take_next(core)))
		return run(core, g);
	if ((g = runq_pop(&core->runq)))
		return run_stamped(core, g);
	run_farther(core);
}

/* Goroutines that interrupts readied, but that might not preempt, run when the running one leaves
 * its core. They do so only once in a while: two goroutines that sleep for less than a switch takes
 * would otherwise come before the ring for ever. */
static bool woken_first(struct core *core, uint64_t now)
{
	if (!core->woken || now - core->gave_way < 2 * core->least)
		return false;
	core->gave_way = now;
	return true;
}

/* commit_yield puts a goroutine into the ring and does not notify, so this does. */
static void notify_and_run(struct core *core, struct g *g)
{
	if (!runq_looks_empty(&core->runq))
		idle_notify();
	run(core, g);
}

/* The goroutine taken from the line now runs for a whole slice, whomever interrupts ready. */
static void hold_line(struct core *core, uint64_t now)
{
	preempt_not_before(core, now + core->slice);
	pick_look(core);
}

/* The pick that asks whose turn it is. The goroutine in the next slot may go first: it inherits a
 * slice, and takes nobody's turn. */
static void take_pending(struct core *core)
{
	if (unlikely(arch_irq_pending()))
		interrupts_between(core, arch_cycles() + core->slice);
}

/* A core that is never idle gives back what ended goroutines had, some steps at a time. */
static noinline void settle(struct core *core)
{
	for (unsigned i = 0; i < SETTLED && g_unsettled(core); i++)
		if (arch_irq_pending())
			take_pending(core);
		else
			g_settle(core);
	take_pending(core);
}

static noinline void run_after_look(struct core *core)
{
	uint64_t now;
	struct g *g;

	if (unlikely(g_unsettled(core)))
		settle(core);
	now = arch_cycles();
	core->picks = CONFIG_GLOBAL_EVERY;
	count(&core->stats.rounds);
	turns_watch(core);
	if (unlikely(core->turns.strict))
		hold_line(core, now);
	else if (woken_first(core, now)) {
		pick_look(core);
		return run_woken(core, 0);
	}
	if ((g = take_interrupted(core))) {
		pick_look(core);
		slice_begin(core, g);
		return notify_and_run(core, g);
	}
	if ((g = take_next(core)))
		return run(core, g);
	take_pending(core); /* that does not take the turn */
	if (!(g = whole_slice(pick_turn(core))))
		return run_farther(core);
	slice_stamp(core, arch_cycles());
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

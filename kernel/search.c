/* What a core does that has nothing at hand: it looks everywhere, then sleeps.
 *
 * It looks at its next slot, its ring, the goroutines pinned to it and the global queue, then it
 * steals half of another ring, last another's next slot. Between the steps it asks whether an
 * interrupt is pending and takes it. Sleep and wake between cores are idle.c.
 *
 * All asleep: the core that goes to sleep last finds every core asleep, no timer, no queue with
 * work and no device line that could wake somebody. While it looks another core may wake by
 * interrupt, run and sleep again. So a core that wakes increments `wakes` before it takes away
 * what woke it: a timer from its heap, a goroutine from a queue, a line that feeds. The core that
 * looks reads `wakes` before all that, and again after: had it missed a core that woke, it would
 * have seen either the timer, goroutine or line still there, or `wakes` changed.
 *
 * Orders
 *   S5 acquire  wakes, the first look   <- S6   who counts that wake sees that the core has left
 *   S6 release  wakes in woke           -> S5   the set of sleepers
 *   S7 acquire  n of timers, of queues  <- T1, <- S8   who sees it gone sees `wakes` changed */
#include "search.h"
#include "atomic.h"
#include "clock.h"
#include "global.h"
#include "idle.h"
#include "limit.h"
#include "panic.h"
#include "rand.h"
#include "sched.h"

static uint32_t wakes; /* atomic: S5 */

/* Context: core stack. */
struct g *search_turn(struct core *core)
{
	struct g *g = 0;

	core->turn ^= 1;
	if (core->turn || core->slow)
		g = global_take_pinned(core);
	if (g || core->slow)
		return g;
	g = runq_pop(&core->runq); /* first, so that there is room for one */
	global_join(core);
	if (!g)
		g = runq_pop(&core->runq);
	return g ? g : global_take_pinned(core);
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

/* A goroutine in a next slot is about to run where it is, unless its core is busy: taken last, and
 * only if it stood there for a whole round. */
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

/* An interrupt need not wait for the end of a search. True: it has readied somebody. */
static bool poll(struct core *core)
{
	if (unlikely(arch_irq_pending()))
		interrupts_handle(core);
	return core->woken;
}

/* It has waited for its turn, and owes nothing of it. */
static struct g *whole_slice(struct g *g)
{
	if (g)
		g->spent = 0;
	return g;
}

/* One look everywhere, unless an interrupt comes and readies somebody.
 * Context: core stack. */
struct g *search_once(struct core *core)
{
	struct g *g;

	if (unlikely(core->slow)) {
		limit_hand_over(core);
		return whole_slice(global_take_pinned(core));
	}
	if ((g = sched_take_interrupted(core)))
		return g;
	if (poll(core) || core->slow)
		return 0;
	if ((g = sched_take_next(core)) || (g = search_turn(core)))
		return whole_slice(g);
	if (poll(core) || core->slow)
		return 0;
	if ((g = steal_ring(core)) || poll(core) || core->slow)
		return whole_slice(g);
	return whole_slice(steal_next(core));
}

/* And none is needed: an interrupt that is pending will bring work, or the next look. */
static bool rings_empty(void)
{
	for (struct core *c = cores; c < cores + core_count; c++)
		if (arch_irq_pending() || load_full(&c->next) || !runq_empty(&c->runq)) /* S1 */
			return false;
	return true;
}

/* Context: core stack. */
bool idle_work(unsigned index)
{
	if (load_full(&cores[index].pinned.n)) /* S3 */
		return true;
	if (cores[index].slow)
		return false;
	return load_full(&global.n) || !rings_empty(); /* S3 */
}

static bool nothing_can_wake(void)
{
	uint32_t before = load_acquire(&wakes);                              /* S5 */
	uint32_t asleep = load_full(&idle.cores) | load_full(&limit.asleep); /* I2 I2 */

	if (asleep != (1u << core_count) - 1 || irq_may_wake())
		return false;
	if (load_acquire(&global.n) || !rings_empty()) /* S7, and S1 there */
		return false;
	for (unsigned i = 0; i < core_count; i++)
		if (load_acquire(&cores[i].pinned.n) || /* S7 */
		    load_acquire(&cores[i].timers.n))   /* S7 */
			return false;
	return load_relaxed(&wakes) == before;
}

/* This core is no longer published as asleep: whoever looks whether all are must start again.
 * Before it does anything. */
static void woke(void)
{
	fetch_add_release(&wakes, 1); /* S6 */
}

/* Waits for an interrupt and handles it. This core is published as asleep. It wakes after
 * CONFIG_DOZE_NS, to notice another core that is stuck, which may have been asleep too when this one
 * went to sleep, and a debugger that asks for a report. */
static void doze(struct core *core, void (*leave)(unsigned))
{
	uint64_t now = board_clock();

	poke(&core->stats.idle, core->stats.idle - now);
	watch_from(core, now, clock_ticks(CONFIG_DOZE_NS));
	sched_alarm(core, now + clock_ticks(CONFIG_DOZE_NS));
	if (load_relaxed(&core->timers.n) == 0 && nothing_can_wake())
		panic_deadlock();
	arch_idle();
	leave(core->index);
	woke();
	now = board_clock();
	poke(&core->stats.idle, core->stats.idle + now);
	watch(core, now);
	poll(core);
}

static void leave_beyond(unsigned index)
{
	fetch_and_full(&limit.asleep, ~(1u << index)); /* I1 */
}

/* Beyond the limit: waits for what is pinned here or for a higher limit. */
static struct g *off_duty(struct core *core)
{
	limit_hand_over(core);
	if (poll(core) || !core->slow || core->interrupted || load_relaxed(&core->next) ||
	    !runq_empty(&core->runq))
		return 0;
	fetch_or_full(&limit.asleep, 1u << core->index); /* I1 */
	if (!idle_work(core->index)) {
		doze(core, leave_beyond);
		return 0;
	}
	leave_beyond(core->index);
	woke();
	return whole_slice(global_take_pinned(core));
}

/* On duty: a searcher until it finds something. */
static struct g *on_duty(struct core *core)
{
	struct g *g = 0;

	idle_search();
	while (!poll(core) && !(g = search_once(core)) && !poll(core) && !core->slow)
		if (idle_enter(core->index))
			doze(core, idle_leave);
		else
			woke();
	idle_found(core->index);
	if (unlikely(core->slow))
		idle_notify(); /* what it leaves is for others */
	return g;
}

static noinline struct g *find(struct core *core)
{
	struct g *g = 0;

	while (!g && !core->woken)
		g = core->slow ? off_duty(core) : on_duty(core);
	return g;
}

/* Whom interrupts ready runs first; a look for one that is pending makes no searcher.
 * Context: core stack. */
noinline void search(struct core *core)
{
	struct g *g;

	store_relaxed(&core->g, (struct g *)0);
	arch_self_set(&core->idle);
	do {
		g = interrupts_woken(core, poll(core) ? 0 : find(core));
		idle_notify(); /* of those who were put elsewhere */
	} while (!g);
	sched_new_slice(core, g); /* the alarm may have rung, or be far */
	run(core, g);
}

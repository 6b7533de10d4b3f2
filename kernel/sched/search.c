/* A core without work looks everywhere, then sleeps.
 *
 * The core looks at its next slot, its ring, the goroutines pinned to it and the global queue. Then
 * it steals half of another core's ring, or at last the goroutine in another core's next slot.
 * Between the steps it takes a pending interrupt. Sleep and wake between cores are idle.c.
 */
#include "sched/search.h"
#include "base/atomic.h"
#include "base/clock.h"
#include "base/rand.h"
#include "sched/above.h"
#include "sched/global.h"
#include "sched/idle.h"
#include "sched/limit.h"
#include "sched/pick.h"
#include "sched/preempt.h"
#include "sched/sched.h"
#include "sched/slice.h"

/* Context: core stack. */
bool search_rings_empty(void)
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
	return load_full(&global.n) || !search_rings_empty(); /* S3 */
}

/* Waits for an interrupt and handles it. This core is published as asleep. It wakes after
 * CONFIG_DOZE_NS at the latest. Then it notices a debugger that asks for a report, and a stuck
 * core, which may have been asleep too when this core went to sleep. */
static void doze(struct core *core, void (*leave)(unsigned))
{
	uint64_t now = board_clock();

	poke(&core->stats.idle, core->stats.idle - now);
	watch_from(core, now, clock_ticks(CONFIG_DOZE_NS));
	alarm_by(core, now + clock_ticks(CONFIG_DOZE_NS));
	deadlock_check(core);
	arch_idle();
	leave(core->index);
	idle_woke();
	now = board_clock();
	poke(&core->stats.idle, core->stats.idle + now);
	watch(core, now);
	interrupts_poll(core);
}

static void leave_beyond(unsigned index)
{
	fetch_and_full(&limit.asleep, ~(1u << index)); /* I1 */
}

/* Beyond the limit: waits for a goroutine pinned here, or for a higher limit. */
static struct g *off_duty(struct core *core)
{
	limit_hand_over(core);
	if (interrupts_poll(core) || !core->slow || core->interrupted ||
	    load_relaxed(&core->next) || !runq_empty(&core->runq) || g_settle(core))
		return 0;
	fetch_or_full(&limit.asleep, 1u << core->index); /* I1 */
	if (!idle_work(core->index)) {
		doze(core, leave_beyond);
		return 0;
	}
	leave_beyond(core->index);
	idle_woke();
	return whole_slice(global_take_pinned(core));
}

/* A core that was published as asleep has woken, also when it finds work in the last look. */
static void sleep_unless_work(struct core *core)
{
	if (idle_enter(core->index))
		doze(core, idle_leave);
	else
		idle_woke();
}

/* On duty: a searcher until it finds something. */
static struct g *on_duty(struct core *core)
{
	struct g *g = 0;

	idle_search();
	while (!interrupts_poll(core) && !(g = pick_anywhere(core)) && !interrupts_poll(core) &&
	       !core->slow)
		if (!g_settle(core))
			sleep_unless_work(core);
	interrupts_poll(core); /* the way to here was long, and more follows */
	idle_found(core->index);
	if (unlikely(core->slow))
		idle_notify(); /* other cores run the work it leaves */
	return g;
}

static noinline struct g *find(struct core *core)
{
	struct g *g = 0;

	while (!g && !core->woken)
		g = core->slow ? off_duty(core) : on_duty(core);
	return g;
}

/* Goroutines that interrupts ready run first. To look for a pending interrupt makes no searcher.
 * Context: core stack. */
noinline void search(struct core *core)
{
	struct g *g;

	store_relaxed(&core->g, (struct g *)0);
	arch_self_set(&core->idle);
	do {
		g = take_woken(core, interrupts_poll(core) ? 0 : find(core));
		idle_notify(); /* of goroutines put elsewhere */
	} while (!g);
	slice_begin(core, g); /* the alarm may have rung, or be far */
	run(core, g);
}

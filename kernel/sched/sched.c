/* The scheduler: making goroutines runnable, and leaving them.
 *
 * A core runs goroutines one after another. Leaving a goroutine always lands on the core stack,
 * entered fresh. The core stack holds no saved context, so a switch is one save and one load. Work
 * that must follow the switch (unlocking a channel, freeing a dead stack) is a plain statement in
 * the function that arch_park was given. That function ends in schedule(), which picks the next
 * goroutine and runs it (pick.c).
 *
 * A goroutine that is readied goes into the next slot of the core that readied it, because that
 * core has just written to it and the readier is often about to wait for it. The goroutine that was
 * in the slot moves to the ring's tail. A new goroutine and one that yields go to the ring's tail.
 * A full ring spills its first few to the global queue. A pinned goroutine (go_attr .core) goes to
 * the queue of its core, which no thief looks at. A goroutine that a handler readies waits in
 * core->woken until the interrupt ends (preempt.c).
 *
 * A handler and a goroutine under a spin_lock may not wait. One look at g->preempt_off tells this,
 * for a handler too: a g of the core stands for its handlers.
 *
 * Rejected: saving the scheduler's own context (one more save and load for each switch). */
#include "sched/sched.h"
#include "base/atomic.h"
#include "base/clock.h"
#include "base/panic.h"
#include "sched/above.h"
#include "sched/global.h"
#include "sched/idle.h"
#include "sched/limit.h"
#include "sched/pick.h"
#include "sched/preempt.h"
#include "sched/search.h"
#include "skein.h"

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
	arch_touch_stack(); /* go_start has not */
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

/* Readies g in a handler, beyond the limit, or when g is pinned. */
static noinline unsigned ready_aside(struct core *core, struct g *g, unsigned long was)
{
	arch_touch_stack();
	if (core->slow & HANDLING && (!g->pin || g->pin == core->index + 1))
		woken_by_interrupt(core, g);
	else
		put_away(g);
	arch_irq_restore(was);
	return true;
}

/* The goroutine that was in the next slot goes to the ring. */
static inline unsigned ready_next(struct core *core, struct g *g, unsigned long was)
{
	struct g *old = swap_full(&core->next, g); /* S1 */

	if (unlikely(old))
		return displace_and_restore(core, old, was);
	return notify_and_restore(was);
}

static noinline unsigned ready_slow(struct g *g, unsigned long was)
{
	struct core *core = arch_core();

	if (g->why < 0)
		bubble_wakes(g);
	assert_that(g->why > G_RUNNABLE, "sched: goroutine %u is readied while it does not wait",
	            g->id);
	g->why = G_RUNNABLE;
	return core->slow | g->pin ? ready_aside(core, g, was) : ready_next(core, g, was);
}

/* Ends in arch_irq_restore, so that an operation can end in a jump to ready and needs no frame.
 * Context: any, masked. */
leaf unsigned ready(struct g *g, unsigned long was)
{
	struct core *core = arch_core();

	if (unlikely(g->why <= G_RUNNABLE) || unlikely(core->slow | g->pin))
		return ready_slow(g, was);
	g->why = G_RUNNABLE;
	return ready_next(core, g, was);
}

/* Context: any, masked. */
leaf unsigned ready_new(struct g *g, unsigned long was)
{
	struct core *core = arch_core();

	if (unlikely(core->slow | g->pin)) {
		g->spent = 0; /* left by the goroutine before, in the same g */
		return ready_aside(core, g, was);
	}
	if (unlikely(!runq_push(&core->runq, g)))
		return spill_and_displace(core, g, was);
	return notify_and_restore(was);
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

/* Context: goroutine, masked; may park. */
void park_aside(enum why why, void (*commit)(void *), void *arg, const void *object)
{
	struct g *g = arch_self();

	if (g_off_depth(g))
		park_refused(why);
	bounds_check(g);
	if (!g_bubble(g))
		return park_plain(g, why, object, commit, arg);
	bubble_park(why, commit, arg, object);
}

/* Context: goroutine, masked; may park. */
void park_aside_until(enum why why, void (*commit)(void *), void *arg, const void *object,
                      uint64_t end)
{
	struct g *g = arch_self();

	if (g_off_depth(g))
		park_refused(why);
	bounds_check(g);
	if (!g_bubble(g))
		return park_plain_until(why, object, commit, arg, end);
	bubble_park_until(why, commit, arg, object, end);
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

/* Context: any. */
void core_unmasked(void)
{
	panic(
	    "the kernel asked with interrupts on which core it is on, and may be moved meanwhile");
}

static noinline void commit_yield_slow(void *arg)
{
	struct core *core = arch_core();
	struct g *g = arg;

	if (core->slow | g->pin) {
		put_away(g);
	} else {
		if (runq_looks_empty(&core->runq))
			global_join(core); /* those who wait there come before g */
		put_tail(core, g);
	}
	schedule();
}

/* Wakes nobody, unless g must go elsewhere: either g runs next here, or others wait already, and a
 * core has been woken for them if one slept. */
static leaf void commit_yield(void *arg)
{
	struct core *core = arch_core();
	struct g *g = arg;

	if (unlikely(core->slow | g->pin) || unlikely(!runq_push_behind(&core->runq, g, &global.n)))
		return commit_yield_slow(g);
	schedule();
}

static noinline void yield_aside(struct g *g)
{
	if (g_off_depth(g))
		park_refused(G_RUNNABLE);
	bounds_check(g);
	arch_park(&g->context, commit_yield, g);
	arch_irq_on();
}

/* Context: goroutine; may park. */
void go_yield(void)
{
	struct g *g;

	arch_irq_off();
	g = arch_self();
	if (unlikely(leaves_aside(g)))
		return yield_aside(g);
	arch_park(&g->context, commit_yield, g);
	arch_irq_on();
}

/* Context: any. */
unsigned go_cores(void)
{
	return core_count;
}

/* Cores on duty and beyond the limit. go_maxprocs sets the limit, then interrupts every core; at the
 * end of an interrupt a core looks at the limit, and only there: core->slow says BEYOND. From then on
 * what it readies goes to the global queue, its interrupts and its timers stay its own, and it hands
 * its ring to the global queue, a batch at a time. When its ring and its next slot are empty and it
 * runs nobody or a goroutine that is pinned to it, it keeps the limit: that stays so until it sees a
 * higher one. go_maxprocs waits for these promises.
 *
 * Taking the promise back and believing it are a Dekker: a core clears its bit, then looks at the
 * limit once more; go_maxprocs sets the limit, then looks at the bits. So the core sees the new limit
 * or go_maxprocs sees that it keeps none.
 *
 * Orders
 *   S4 full     limit, kept             <-> S4   a promise is believed, or the new limit is seen */
#include "limit.h"
#include "atomic.h"
#include "global.h"
#include "idle.h"
#include "sched.h"
#include "skein.h"

struct limit limit;

/* Context: core stack. */
void limit_see(struct core *core)
{
	if (limit_passed(core)) {
		core->slow |= BEYOND;
	} else if (core->slow & BEYOND) {
		fetch_and_full(&limit.kept, ~(1u << core->index)); /* S4 */
		if (core->index < load_full(&limit.cores))         /* S4 */
			core->slow &= ~BEYOND;
	}
}

/* Context: core stack. */
void limit_hand_over(struct core *core)
{
	struct g *g;

	while ((g = sched_take_interrupted(core)) || (g = sched_take_next(core))) {
		sched_put_away(g);
		if (arch_irq_pending())
			return;
	}
	if (!runq_looks_empty(&core->runq)) {
		global_spill(core);
		idle_notify();
	}
	if (runq_empty(&core->runq) && (!core->g || core->g->pin))
		fetch_or_full(&limit.kept, 1u << core->index); /* S4 */
}

/* All cores from n on keep it. */
static bool kept(unsigned n)
{
	uint32_t beyond = (1u << core_count) - (1u << n);

	return (load_full(&limit.kept) & beyond) == beyond; /* S4 */
}

/* Context: goroutine; may park. */
unsigned go_maxprocs(unsigned n)
{
	unsigned before = load_relaxed(&limit.cores);
	unsigned long was;

	if (n == 0)
		return before;
	n = n < core_count ? n : core_count;
	was = arch_irq_off();
	before = swap_full(&limit.cores, n); /* S4 */
	for (unsigned i = 0; i < core_count; i++)
		board_wake(i); /* to look at the limit */
	arch_irq_restore(was);
	while (load_relaxed(&limit.cores) == n && !kept(n)) {
		arch_relax();
		go_yield();
	}
	return before;
}

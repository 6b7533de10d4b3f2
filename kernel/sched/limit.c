/* Cores on duty and beyond the limit. go_maxprocs sets the limit, then asks every core to look at
 * it (ipi.h). A core looks at the end of an interrupt, and only there; core->slow says BEYOND when
 * the core is beyond the limit. From then on the goroutines that it readies go to the global queue,
 * and it hands its ring to the global queue, a batch at a time. Its interrupts and timers stay its
 * own. When its ring and its next slot are empty, and it runs no goroutine but one pinned to it,
 * the core promises to keep the limit, by a bit in limit.kept. The promise holds until the core
 * sees a higher limit. go_maxprocs waits for these promises.
 *
 * Taking the promise back and believing it are a Dekker: a core clears its bit, then looks at the
 * limit once more; go_maxprocs sets the limit, then looks at the bits. So the core sees the new
 * limit, or go_maxprocs sees that the core promises nothing.
 *
 * Orders
 *   S4 full     limit, kept             <-> S4   a promise is believed, or the new limit is seen */
#include "sched/limit.h"
#include "base/atomic.h"
#include "sched/global.h"
#include "sched/idle.h"
#include "sched/ipi.h"
#include "sched/pick.h"
#include "sched/sched.h"
#include "skein.h"

struct limit limit;

/* Context: core stack. */
void limit_see(struct core *core)
{
	if (core->index >= load_relaxed(&limit.cores)) {
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

	while ((g = take_interrupted(core)) || (g = take_next(core))) {
		put_away(g);
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

/* Do all cores from n on keep the limit? */
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
		ipi_ask(i, IPI_LIMIT);
	arch_irq_restore(was);
	while (load_relaxed(&limit.cores) == n && !kept(n)) {
		arch_relax();
		go_yield();
	}
	return before;
}

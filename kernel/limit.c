/* Cores on duty and off. One beyond the limit hands its ring to the global queue and runs only what
 * is pinned to it; its interrupts and its timers stay its own, and what they ready goes to the
 * global queue. It looks at the limit between goroutines and after each interrupt, which
 * go_maxprocs sends; core->off says what it has seen.
 *
 * Orders
 *   S4 full     off, limit              <-> S4   a core beyond the limit has stopped, or sees the
 *                                                limit
 *   S7 release  off of a core           -> S8   what it readied for itself before is in its ring
 *   S8 acquire  off in holds            <- S7   from then on it readies into the global queue */
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
	core->slow = limit_passed(core);
	if (core->off != core->slow)
		store_release(&core->off, core->slow); /* S7 */
}

/* Context: core stack. */
void limit_hand_over(struct core *core)
{
	struct g *g = sched_take_next(core);

	if (g)
		global_put(g);
	global_spill(core);
	idle_notify();
}

/* Runs what may run nowhere else, and will run nothing else. */
static bool runs_pinned(struct core *core)
{
	struct g *g = load_acquire(&core->off) ? load_full(&core->g) : 0; /* S8 S4 */

	return g && g->pin && !load_full(&core->next) && runq_empty(&core->runq); /* S1 */
}

static bool holds(unsigned n)
{
	uint32_t off = load_full(&limit.off); /* S4 */

	for (unsigned i = n; i < core_count; i++)
		if (!(off & 1u << i) && !runs_pinned(&cores[i]))
			return false;
	return true;
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
		if (i != arch_core()->index)
			board_wake(i); /* to look at the limit */
	arch_irq_restore(was);
	while (n < before && load_relaxed(&limit.cores) == n && !holds(n)) {
		arch_relax();
		go_yield();
	}
	return before;
}

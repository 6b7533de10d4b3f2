/* The check for a deadlock: no goroutine runs, and nothing will ever make one runnable.
 *
 * The last core that goes to sleep makes the check. It reports a deadlock when every core is asleep, no
 * heap has a timer, no queue has a goroutine, and no device line could ready one.
 *
 * It cannot see all of that at one moment. While it looks, another core may be woken by an interrupt,
 * run a goroutine, and sleep again. So there is a count of wakes, `idle.wakes`. A core that wakes
 * increments the count before it takes away what woke it: a timer from its heap, a goroutine from a
 * queue, a line that feeds. The sleeper that checks reads the count, then looks at everything, then
 * reads the count again. If a core woke in between, either what woke it was still there to be seen, or
 * the count has changed.
 *
 * Orders
 *   S5 acquire  wakes, the first look   <- S6   who counts that wake sees that the core has left
 *                                               the set of sleepers (idle.c)
 *   S7 acquire  n of timers, of queues  <- T1, <- S8   who sees it gone sees `wakes` changed
 * and I2 of idle.c. */
#include "report/report.h"
#include "sched/above.h"
#include "sched/global.h"
#include "sched/idle.h"
#include "sched/irq.h"
#include "sched/limit.h"
#include "sched/sched.h"
#include "sched/search.h"
#include "sync/irq_chan.h"

static bool nothing_can_wake(void)
{
	uint32_t before = load_acquire(&idle.wakes);                         /* S5 */
	uint32_t asleep = load_full(&idle.cores) | load_full(&limit.asleep); /* I2 I2 */

	if (asleep != (1u << core_count) - 1 || irq_may_wake(irq_chan_waited))
		return false;
	if (load_acquire(&global.n) || !search_rings_empty()) /* S7, and S1 there */
		return false;
	for (unsigned i = 0; i < core_count; i++)
		if (load_acquire(&cores[i].pinned.n) || /* S7 */
		    load_acquire(&cores[i].timers.n))   /* S7 */
			return false;
	return load_relaxed(&idle.wakes) == before;
}

/* The core is published as asleep, and masked.
 * Context: core stack. */
void deadlock_check(struct core *core)
{
	if (load_relaxed(&core->timers.n) == 0 && nothing_can_wake())
		panic_deadlock();
}

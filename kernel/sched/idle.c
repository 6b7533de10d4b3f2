/* Sleep and wake. Two promises are kept, each a Dekker: both sides store, then load what the other
 * stores, all four operations sequentially consistent, so at least one sees the other.
 *
 * 1 A core that goes to sleep publishes itself in idle.cores, then looks at every queue once more.
 *   A core that makes work publishes the work, then looks at idle.cores. So the sleeper sees the
 *   work, or the maker sees the sleeper.
 * 2 The maker wakes nobody while somebody searches: that core will find the work. A searcher that
 *   gives up takes itself off idle.searching, then looks at every queue once more; one that found
 *   something else does the same, and wakes the next if there is more. So the searcher sees the
 *   work, or the maker sees no searcher.
 *
 * The waker moves the sleeper from one word to the other: it counts it in idle.searching first, and
 * whoever clears the bit in idle.cores has woken it. A core that wakes by itself and finds its bit
 * cleared has been counted by the waker. At most one core at a time is woken to search, and it
 * wakes the next when it finds work: a burst of work wakes the cores one after another without a
 * stampede, and a single goroutine wakes one core.
 *
 * Orders
 *   I1 full  cores in enter, then the queues  <-> I2, S1, S3, Q7   promise 1
 *   I2 full  queue, then cores in notify      <-> I1
 *   I3 full  searching in enter and found, then the queues <-> I4   promise 2
 *   I4 full  queue, then searching in wake    <-> I3
 *   S6 release  wakes in idle_woke               -> S5   the core has left the set of sleepers
 *                                                    (report/deadlock.c)
 * Rejected: a semaphore a core (a lost wake costs as much thought, each wake costs more); waking a
 * core for each push, which is a stampede of inter-core interrupts where one searcher would do. */
#include "sched/idle.h"
#include "sched/ipi.h"

struct idle idle;

/* Context: core stack. */
void idle_search(void)
{
	fetch_add_full(&idle.searching, 1); /* I3 */
}

/* Context: core stack. */
void idle_found(unsigned core)
{
	if (fetch_sub_full(&idle.searching, 1) == 1 && /* I3 */
	    idle_work(core))                           /* I3 re-check */
		idle_notify();
}

/* Context: core stack. */
bool idle_enter(unsigned core)
{
	fetch_or_full(&idle.cores, 1u << core); /* I1 */
	fetch_sub_full(&idle.searching, 1);     /* I3 */
	if (!idle_work(core))                   /* I1 re-check */
		return true;
	idle_leave(core);
	return false;
}

/* Context: core stack. */
void idle_leave(unsigned core)
{
	if (fetch_and_full(&idle.cores, ~(1u << core)) & (1u << core)) /* I1 */
		fetch_add_full(&idle.searching, 1);                    /* I3 */
}

/* Whoever looks whether all are asleep must start again.
 * Context: core stack. */
void idle_woke(void)
{
	fetch_add_release(&idle.wakes, 1); /* S6 */
}

static bool wake_one(void)
{
	uint32_t asleep;

	while ((asleep = load_full(&idle.cores)) != 0) { /* I2 */
		unsigned i = (unsigned)__builtin_ctz(asleep);

		if (fetch_and_full(&idle.cores, ~(1u << i)) & 1u << i) { /* I2 */
			ipi_wake(i);
			return true;
		}
	}
	return false;
}

/* While this core counts itself for the sleeper, others take it for a searcher and wake nobody. If
 * the sleeper has woken by itself meanwhile, it does as a searcher that gives up: takes the count
 * back, and looks once more for a sleeper.
 * Context: any, masked. */
void idle_wake(void)
{
	do {
		if (load_full(&idle.searching) != 0 || !cas_full(&idle.searching, 0, 1)) /* I4 */
			return;
		if (wake_one())
			return;
	} while (fetch_sub_full(&idle.searching, 1) == 1 && /* I3 */
	         load_full(&idle.cores) != 0);              /* I3 re-check */
}

/* The watch over a core's line, which is its ring, its pinned goroutines and the global queue.
 *
 * Goroutines that sleep for about as long as they compute preempt whenever they wake, and many of
 * them could keep a core from its line for ever. So a core watches whether everybody who is in the
 * line gets a turn. If that takes too long, woken goroutines do not preempt but join the line,
 * until everybody who was in the line by then has had a turn.
 *
 * Each core has its own watch, and looks at it on its core stack. */
#include "sched/turns.h"
#include "sched/core.h"
#include "sched/global.h"

enum { PATIENCE = 4 }; /* looks */

/* Has everybody who was in the line when the watch began had a turn? For the shared queues the core
 * counts the turns that it gave, of which at most every second one went to the ring. In the ring it
 * watches the goroutine that was the last one. */
static bool moved(struct core *core, uint32_t head, unsigned n)
{
	struct turns *turns = &core->turns;

	if ((int32_t)(turns->given - turns->given_by) < 0)
		return false;
	return !turns->last || runq_length(head, turns->last_at) >= n ||
	       load_relaxed(runq_slot(&core->runq, turns->last_at)) != turns->last;
}

/* The line may take two looks for each goroutine in it, and PATIENCE more. A strict time is over
 * when the line has moved, however long that takes.
 * Context: core stack. */
void turns_watch(struct core *core)
{
	struct turns *turns = &core->turns;
	uint32_t head = load_relaxed(&core->runq.head), tail = load_relaxed(&core->runq.tail);
	uint32_t shared = load_relaxed(&core->pinned.n) + load_relaxed(&global.n);
	unsigned n = runq_length(head, tail);
	bool stands = !moved(core, head, n);

	if (stands && (turns->strict || (int32_t)(turns->looks - turns->looks_by) <= 0))
		return;
	turns->strict = stands;
	turns->last_at = tail - 1;
	turns->last = n ? load_relaxed(runq_slot(&core->runq, turns->last_at)) : 0;
	turns->given_by = turns->given + 2 * shared;
	turns->looks_by = turns->looks + 2 * (n + shared + 1) + PATIENCE;
}

/* A pause: the other cores stand still, and go on.
 *
 * A core that asks for a pause gives it a number, and interrupts the others (IPI_PAUSE). An asked
 * core stands at the end of an interrupt, where it holds no lock. Either its spare frame holds all
 * registers of the goroutine that runs there, or it runs none. So all that a goroutine knows is in
 * memory during a pause: in a context, in a frame, or on its stack. A core that masks interrupts,
 * or is in a handler, comes to stand later.
 *
 * Such a core may wait for one that stands already: for the rest of a piece that this one writes to
 * the console. Then not all come to stand. So the asker waits for a bounded time only; then it lets
 * all go on, and may ask again. Both the asker and who stands still answer shoot-downs, because
 * whoever waits for the answer may wait masked.
 *
 * Orders
 *   H1 release  stands in pause_take   -> H2   the frame, and all that the core wrote
 *   H2 acquire  stands in await        <- H1
 *   H3 release  wanted in pause_end    -> H4   the asker has read all that it wanted
 *   H4 acquire  wanted in pause_take   <- H3 */
#include "sched/pause.h"
#include "base/atomic.h"
#include "base/panic.h"
#include "sched/ipi.h"
#include "sched/shootdown.h"

static uint32_t wanted;               /* atomic: H3 H4: the number of the pause, or 0 */
static uint32_t last;                 /* of the asker: the number before */
static uint32_t stands[CONFIG_CORES]; /* atomic: H1 H2: the pause for which the core stands */

/* Of a core that waits here, masked, without a lock. */
static void answer(struct core *core)
{
	if (load_relaxed(&ipi_asked[core->index]) & IPI_FLUSH)
		shootdown_take(core);
	arch_relax();
}

/* Context: core stack, in an interrupt. */
void pause_take(struct core *core)
{
	uint32_t number = load_relaxed(&wanted);

	if (!number) /* it is over */
		return;
	if (core->g)
		arch_frame_keep(core->arch.spare);
	store_release(&stands[core->index], number); /* H1 */
	while (load_acquire(&wanted) == number) {    /* H4 */
		if (unlikely(panic_begun()))
			panic_take();
		answer(core);
	}
	if (core->g)
		arch_frame_unkeep(core->arch.spare);
}

static bool await(struct core *core, unsigned other, uint64_t end)
{
	while (load_acquire(&stands[other]) != last) { /* H2 */
		if (board_clock() >= end)
			return false;
		panic_stop_if_asked();
		answer(core);
	}
	return true;
}

/* Context: core stack, without a lock. */
bool pause_others(struct core *core, uint64_t ticks)
{
	uint64_t end = board_clock() + ticks;
	bool all = true;

	last += last + 1 ? 1 : 2; /* never 0 */
	store_relaxed(&wanted, last);
	for (unsigned i = 0; i < core_count; i++)
		if (i != core->index)
			ipi_ask(i, IPI_PAUSE);
	for (unsigned i = 0; i < core_count && all; i++)
		all = i == core->index || await(core, i, end);
	if (!all)
		pause_end();
	return all;
}

/* Context: core stack. */
void pause_end(void)
{
	store_release(&wanted, 0); /* H3 */
}

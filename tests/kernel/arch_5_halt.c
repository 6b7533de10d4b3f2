/* arch_halt: a core that halts with an interrupt pending takes no turns from the core after it.
 * Under exact replay QEMU gives a core its next turn when the one before it gives up its own. */
// test: check=0 cores=4 icount=3 limit=20
#include "arch.h"
#include "board.h"
#include "base/atomic.h"
#include "sched/core.h"
#include <stdlib.h>
#include "test.h"

static bool halting; /* atomic */

static void halts(void)
{
	unsigned core;

	arch_irq_off();
	core = arch_core()->index;
	board_wake(core);
	store_release(&halting, true);
	arch_halt();
}

static void goes_on(void)
{
	go_time start;

	while (!load_acquire(&halting))
		arch_relax();
	start = go_now();
	for (unsigned i = 0; i < 100; i++)
		arch_relax(); /* ends a turn */
	check(go_now() - start < go_ms(10));
	exit(test_done());
}

int main(void)
{
	go_with(go_attr(.core = core_count - 1), goes_on);
	go_with(go_attr(.core = core_count - 2), halts);
	go_sleep(GO_FOREVER);
}

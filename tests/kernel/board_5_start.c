/* board_start_core, and how many there are: as many cores as this run has come up, each with its
 * own index and stack. */
// test: check=0 cores=1,2,3,4,8,16 args=CORES
#include "board.h"
#include <stdlib.h>
#include "base/atomic.h"
#include "sched/core.h"
#include "boot/options.h"
#include "test.h"

static struct waitgroup done;
static unsigned seen[CONFIG_CORES];

static void core_stack_is_own(void *arg)
{
	struct core *core = arch_core();
	char *here = __builtin_frame_address(0);

	check(here > core_stacks[core->index] && here <= core_stacks[core->index + 1]);
	check(core->arch.stack_top == core_stacks[core->index + 1]);
	check(arch_on_core_stack(core));
	arch_load(arg);
}

static void visit(unsigned index)
{
	unsigned long was = arch_irq_off();
	struct core *core = arch_core();

	check(core == &cores[index] && core->index == index);
	check(load_relaxed(&core->up) == 1);
	check(!arch_on_core_stack(core));
	arch_park(&arch_self()->context, core_stack_is_own, arch_self());
	check(arch_core() == core);
	arch_irq_restore(was);
	seen[index]++;
	wg_done(&done);
}

int main(int argc, char **argv)
{
	unsigned expected = argc > 1 ? atoi(argv[1]) : 0;

	/* A machine that insists on its number of cores is told by the command line to start
	 * fewer. */
	check(board.cores == expected || (board.cores > expected && options.cores == expected));
	check(go_cores() == expected);
	wg_add(&done, go_cores());
	for (unsigned i = 0; i < go_cores(); i++)
		go_with(go_attr(.core = (int)i), visit, i);
	wg_wait(&done);
	for (unsigned i = 0; i < go_cores(); i++)
		check(seen[i] == 1);
	return test_done();
}

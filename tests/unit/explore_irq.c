// test: cflags="-include tests/unit/explore/one_lock.h -iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -DCONFIG_CORES=4" watched="kernel/sched/irq.c tests/unit/explore_irq.c" sources="kernel/sched/core.c kernel/sched/timer.c kernel/base/clock.c tests/unit/explore/goroutines.c tests/unit/explore/machine.c tests/unit/explore/explore.c"
// weaken: kernel/sched/irq.c:S11,S12
// mutant: kernel/sched/irq.c: store_relaxed(&core->handles, line + 1); => ;
// mutant: kernel/sched/irq.c: for (unsigned i = 0; i < core_count; i++) => for (unsigned i = 1; i < core_count; i++)
/* Lines and their handlers: every execution of cores that take a line, and of one that detaches it and
 * then uses what its handler used. That is plain memory. */
#include "sched/irq.h"
#include "goroutines.h"

enum { LINE = 1 };

static uint32_t used, runs;

void board_irq(unsigned line, unsigned core, bool on)
{
	(void)line, (void)core, (void)on;
}

void arch_frame_keep(struct arch_frame *frame)
{
	(void)frame;
}

void arch_frame_unkeep(const struct arch_frame *frame)
{
	(void)frame;
}

static void handler(void *arg)
{
	explore_assert(arg == &used);
	used++;
	runs++;
}

static void init(void)
{
	static bool attached;

	goroutines_init();
	if (attached)
		irq_detach(LINE);
	attached = true;
	irq_attach(LINE, handler, &used, 0);
	used = runs = 0;
}

static void fires(void)
{
	kernel_irq(LINE);
}

static void fires_twice(void)
{
	kernel_irq(LINE);
	kernel_irq(LINE);
}

static void detaches(void)
{
	irq_detach(LINE);
	explore_assert(used == runs);
	used += 10;
	irq_attach(LINE, handler, &used, 0);
	irq_detach(LINE);
	used += 10;
}

static void check(void)
{
	explore_assert(used == 20 + runs && runs <= 2);
}

static const struct explore_scenario scenarios[] = {
    {.name = "one detaches a line that fires", .thread = {fires, detaches}, .check = check},
    {.name = "one that fires twice", .thread = {fires_twice, detaches}, .check = check},
};

int main(void)
{
	return machine_explore(init, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

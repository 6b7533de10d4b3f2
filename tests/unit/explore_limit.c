// test: cflags="-iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -ffunction-sections -Wl,--gc-sections -DCONFIG_CORES=4" watched="kernel/sched/limit.c kernel/sched/ipi.c tests/unit/explore_limit.c" sources="kernel/sched/core.c kernel/base/clock.c kernel/sched/idle.c kernel/sched/runq.c tests/unit/explore/machine.c tests/unit/explore/explore.c"
// weaken: kernel/sched/limit.c:S4 kernel/sched/ipi.c:R2
// spare: limit_hand_over S4 fetch_or_full -> fetch_or_acq_rel, a core that promises looks at nothing after that
// mutant: kernel/sched/limit.c: if (core->index < load_full(&limit.cores)) => if (true)
/* The limit of go_maxprocs: every execution of a goroutine on core 0 that raises the limit and lowers it
 * again, and of core 1, which notices either as late as an interrupt may come. What core 1 runs uses plain
 * memory, and so does core 0 once it has been told that no other core runs anything. */
#include "base/atomic.h"
#include "board.h"
#include "machine.h"
#include "sched/global.h"
#include "sched/ipi.h"
#include "sched/limit.h"
#include "sched/pause.h"
#include "sched/pick.h"

static uint32_t used; /* by whom the limit lets run */
static bool over;     /* core 0 has ended */

/* The board and the scheduler. Core 1 has nothing in its queues, and nobody asks for a pause. */

void pause_take(struct core *core)
{
	(void)core;
}

void board_wake(unsigned core)
{
	explore_signal(core);
}

bool machine_pending(void)
{
	return false;
}

void go_yield(void)
{
}

void panic_take(void)
{
}

void shootdown_take(struct core *core)
{
	(void)core;
}

void timer_init(struct timers *t)
{
	(void)t;
}

void put_away(struct g *g)
{
	(void)g;
	explore_assert(!"a goroutine");
}

void global_spill(struct core *core)
{
	(void)core;
	explore_assert(!"a goroutine");
}

bool idle_work(unsigned core)
{
	(void)core;
	return false;
}

/* Core 1 keeps a limit of one core. */
static void init(void)
{
	machine_init();
	core_count = 2;
	cores[1].g = 0;
	cores[1].slow = BEYOND;
	limit = (struct limit){.cores = 1, .kept = 2};
	ipi_asked[0] = ipi_asked[1] = 0;
	used = 0;
	over = false;
}

static __attribute__((no_sanitize("thread"), __noinline__)) void end(void)
{
	over = true;
}

static void raises_and_lowers(void)
{
	go_maxprocs(2);
	go_maxprocs(1);
	used++;
	end();
}

static void lowers_what_was_raised(void)
{
	go_maxprocs(1);
	used++;
	end();
}

/* Core 1 takes an interrupt whenever it is asked, and runs something while it may. */
static void obeys(void)
{
	struct core *core = arch_core();

	for (;;) {
		explore_sleep();
		ipi_take(core);
		if (core->slow)
			limit_hand_over(core);
		else
			used += 10;
	}
}

static void init_raised(void)
{
	init();
	limit.cores = 2;
}

/* The interrupt that told core 1 of the higher limit has just come. */
static void obeys_late(void)
{
	limit_see(arch_core());
	if (!arch_core()->slow)
		used += 10;
	obeys();
}

static bool all_asleep(void)
{
	return over;
}

static const struct explore_scenario scenarios[] = {
    {.name = "the limit is lowered while a core notices that it was raised",
     .init = init_raised,
     .thread = {lowers_what_was_raised, obeys_late},
     .stuck = all_asleep},
    {.name = "the limit is raised and lowered",
     .thread = {raises_and_lowers, obeys},
     .stuck = all_asleep},
};

int main(void)
{
	return machine_explore(init, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

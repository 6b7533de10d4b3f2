// test: cflags="-iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function" sources="kernel/sched/idle.c tests/unit/explore/explore.c"
// weaken: kernel/sched/idle.c:I1,I2,I3,I4 kernel/sched/idle.h
// spare: idle_search I3 fetch_add_full -> fetch_add_acq_rel, being seen late as a searcher costs a wake too many
// spare: idle_leave I1 fetch_and_full -> fetch_and_acq_rel, nothing is looked at after it that a maker relies on
// spare: idle_leave I3 fetch_add_full -> fetch_add_acq_rel, as in idle_search
// spare: idle_wake I4 cas_full -> cas_acq_rel, the load before it is the one that must not be stale
// spare: wake_one I2 load_full -> load_acquire, idle_notify has looked before
// spare: wake_one I2 fetch_and_full -> fetch_and_acq_rel, a read-modify-write reads the newest anyway
// spare: idle_wake I3 fetch_sub_full -> fetch_sub_acq_rel, it orders by reading what a searcher's subtraction left
// spare: idle_wake I3 load_full -> load_acquire, the same
/* Sleep and wake under every execution of cores that make work and cores that run out of it. A core
 * here behaves as sched.c has it: search, else sleep; but what it finds it runs for ever, so that
 * each piece of work needs a core of its own and nobody comes by later to repair a lost wake-up. */
#include <stdlib.h>
#include <string.h>
#include "base/atomic.h"
#include "board.h"
#include "explore.h"
#include "sched/idle.h"

static uint32_t queue; /* pieces of work in it */

/* Of the cores some sleep when the scenario begins. */
static void begin(uint32_t sleepers, uint32_t searching)
{
	queue = 0;
	idle.cores = sleepers;
	idle.searching = searching;
}

void board_wake(unsigned core)
{
	explore_signal(core);
}

bool idle_work(unsigned core)
{
	(void)core;
	return load_full(&queue) != 0;
}

/* As a thief looks: without the full order that idle_work has. */
static bool look(void)
{
	uint32_t n = load_acquire(&queue);

	return n && cas_acquire(&queue, n, n - 1);
}

static void make(void)
{
	fetch_add_full(&queue, 1);
	idle_notify();
}

static void doze(unsigned core)
{
	explore_sleep();
	idle_leave(core);
}

static void search(unsigned core)
{
	for (explore_again(1); !look(); explore_again(1))
		if (idle_enter(core))
			doze(core);
	explore_again(2);
	idle_found(core);
}

static void core_awake(void)
{
	search(explore_self());
}

/* Found something just now. */
static void core_found(void)
{
	idle_found(explore_self());
}

static void core_asleep(void)
{
	doze(explore_self());
	search(explore_self());
}

/* Has run until now. */
static void core_runs_out(void)
{
	idle_search();
	if (idle_enter(explore_self()))
		doze(explore_self());
	search(explore_self());
}

/* Was in idle_notify, and the sleeper that it saw there has woken by itself, found work and is
 * off searching. */
static void wake_late(void)
{
	idle_wake();
}

static void make_two(void)
{
	make();
	make();
}

/* A device interrupts core 1. */
static void make_and_interrupt(void)
{
	explore_signal(1);
	make();
}

/* Work is left only if no core is left; nobody sleeps uncounted, nobody is counted that does not
 * search. */
static bool all_taken(void)
{
	return queue == 0;
}

static void check(void)
{
	explore_assert(idle.searching == 0);
}

static void init_awake_1(void)
{
	begin(0, 1);
}

static void init_awake_12(void)
{
	begin(0, 2);
}

static void init_asleep_1(void)
{
	begin(2, 0);
}

static void init_asleep_12(void)
{
	begin(2 + 4, 0);
}

static void init_asleep_23(void)
{
	begin(4 + 8, 0);
}

static void init_none(void)
{
	begin(0, 0);
}

static void init_awake_1_asleep_2(void)
{
	begin(4, 1);
}

static const struct explore_scenario scenarios[] = {
    {"one maker, a core that goes to sleep",
     init_awake_1,
     {make, core_awake},
     all_taken,
     check,
     0,
     0,
     false},
    {"one maker, a core asleep", init_asleep_1, {make, core_asleep}, all_taken, check, 0, 0, false},
    {"an interrupt besides",
     init_asleep_1,
     {make_and_interrupt, core_asleep},
     all_taken,
     check,
     0,
     0,
     false},
    {"two pieces, two asleep",
     init_asleep_12,
     {make_two, core_asleep, core_asleep},
     all_taken,
     check,
     0,
     0,
     false},
    {"one piece, one found another, one asleep",
     init_awake_1_asleep_2,
     {make, core_found, core_asleep},
     all_taken,
     check,
     0,
     0,
     false},
    {"one piece, one searches, one asleep",
     init_awake_1_asleep_2,
     {make, core_awake, core_asleep},
     all_taken,
     check,
     0,
     0,
     false},
    {"a waker too late",
     init_none,
     {wake_late, make, core_runs_out},
     all_taken,
     check,
     0,
     0,
     false},
    {"two makers, two asleep",
     init_asleep_23,
     {make, make, core_asleep, core_asleep},
     all_taken,
     check,
     0,
     0,
     false},
    {"one piece, two go to sleep",
     init_awake_12,
     {make, core_awake, core_awake},
     all_taken,
     check,
     0,
     0,
     false},
};

int main(void)
{
	bool good = true;

	for (unsigned i = 0; i < sizeof(scenarios) / sizeof(*scenarios) && good; i++)
		good = explore_report(&scenarios[i]);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

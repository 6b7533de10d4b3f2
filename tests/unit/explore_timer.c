// test: cflags="-include tests/unit/explore/one_lock.h -iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -DCONFIG_CORES=4" watched="kernel/sched/timer.c tests/unit/explore/goroutines.c tests/unit/explore_timer.c" sources="kernel/sched/core.c kernel/base/clock.c tests/unit/explore/machine.c tests/unit/explore/explore.c"
// weaken: kernel/sched/timer.c:T2,T3
// mutant: kernel/sched/timer.c: } while (fires); => } while (false);
/* Timers that call: every execution of a core whose alarm rings, and of another one that cancels the
 * timer and then uses what its function used. That is plain memory. */
#include "goroutines.h"

static struct timer_node timer;
static uint32_t used, calls;

static void due(struct timer_node *node)
{
	explore_assert(node == &timer);
	used++;
	calls++;
}

static void due_again(struct timer_node *node)
{
	due(node);
	if (calls < 2)
		timer_call(node, due_again, 1);
}

static void init_with(void (*f)(struct timer_node *))
{
	goroutines_init();
	timer = (struct timer_node){0};
	used = calls = 0;
	timer_call(&timer, f, 1);
}

static void init(void)
{
	init_with(due);
}

static void init_again(void)
{
	init_with(due_again);
}

static void alarm_rings(void)
{
	kernel_tick();
}

static void alarm_rings_twice(void)
{
	kernel_tick();
	kernel_tick();
}

static void cancels(void)
{
	timer_cancel(&timer);
	used += 10;
}

/* A timer that is gone has no function that runs. */
static void puts_off(void)
{
	if (timer_put_off(&timer, 2) == TIMER_GONE)
		used += 10;
}

static void check_put_off(void)
{
	explore_assert(used % 10 == calls);
	explore_assert(calls == 1 || timer.place != TIMER_OUT);
}

static void check(void)
{
	explore_assert(used == 10 + calls && timer.place == TIMER_OUT);
}

static void check_again(void)
{
	explore_assert(calls == 2 && timer.place == TIMER_OUT);
}

static const struct explore_scenario scenarios[] = {
    {.name = "one cancels a timer that is due", .thread = {alarm_rings, cancels}, .check = check},
    {.name = "one puts off a timer that is due",
     .thread = {alarm_rings, puts_off},
     .check = check_put_off},
    {.name = "one cancels a timer that starts itself again",
     .init = init_again,
     .thread = {alarm_rings_twice, cancels},
     .check = check},
    {.name = "one that starts itself again, after its last call",
     .init = init_again,
     .thread = {alarm_rings_twice},
     .check = check_again},
};

int main(void)
{
	return machine_explore(init, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

// test: cflags="-iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -DCONFIG_CORES=4" watched="kernel/memory/lock.c tests/unit/explore/goroutines.c tests/unit/explore_lock.c" sources="kernel/sched/core.c kernel/base/clock.c tests/unit/explore/machine.c kernel/sched/timer.c tests/unit/explore/explore.c"
// weaken: kernel/memory/lock.h
/* A lock's hand-over: every execution of cores that take it, wait for it and let it go. What they do
 * under it is plain memory. */
#include "goroutines.h"

static struct lock guarded;
static uint32_t counter, entered[EXPLORE_THREADS];

static void init(void)
{
	goroutines_init();
	guarded = (struct lock){0};
	counter = 0;
	for (unsigned i = 0; i < EXPLORE_THREADS; i++)
		entered[i] = 0;
}

static void inside(void)
{
	counter++;
	entered[explore_self()]++;
	unlock(&guarded);
}

static void once(void)
{
	lock(&guarded, RANK_CHAN);
	inside();
}

static void twice(void)
{
	once();
	once();
}

static void perhaps(void)
{
	if (lock_try(&guarded))
		inside();
}

static void check(void)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < EXPLORE_THREADS; i++)
		all += entered[i];
	explore_assert(counter == all && guarded.word == 0);
}

static const struct explore_scenario scenarios[] = {
    {.name = "two take it twice", .thread = {twice, twice}, .check = check},
    {.name = "three take it", .thread = {once, once, once}, .check = check},
    {.name = "one takes it, one tries", .thread = {twice, perhaps, perhaps}, .check = check},
};

int main(void)
{
	return machine_explore(init, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

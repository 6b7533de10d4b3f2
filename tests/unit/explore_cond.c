// test: limit=120 cflags="-include tests/unit/explore/one_lock.h -iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -DCONFIG_CORES=4" watched="kernel/sync/waitq.c kernel/sync/mutex.c kernel/sync/cond.c kernel/sched/timer.c tests/unit/explore/goroutines.c tests/unit/explore_cond.c" sources="kernel/sched/core.c kernel/base/clock.c tests/unit/explore/machine.c tests/unit/explore/explore.c"
// weaken: kernel/sync/cond.c
// mutant: kernel/sync/cond.c: running ? RUNNING : TIMED_OUT => TIMED_OUT
// mutant: kernel/sync/cond.c: if (!waitq_listed(&w->line)) { => if (false) {
// mutant: kernel/sync/cond.c: more = came_before(c, number); => more = false;
/* A cond: no signal is lost whose sender held the mutex, and one signal wakes one goroutine. */
#include "goroutines.h"

static struct mutex mutex, own[EXPLORE_THREADS];
static struct cond cond;
static uint32_t data;
static bool done[EXPLORE_THREADS]; /* each its own */

#define me explore_self()

static void init(void)
{
	goroutines_init();
	mutex = (struct mutex){0};
	cond = (struct cond){0};
	data = 0;
	for (unsigned i = 0; i < EXPLORE_THREADS; i++) {
		own[i] = (struct mutex){0};
		done[i] = false;
	}
	machine_time[1] = sec(1);
}

static void await_data(void)
{
	mutex_lock(&mutex);
	while (!data)
		cond_wait(&cond, &mutex);
	mutex_unlock(&mutex);
	done[me] = true;
}

static void set_and_signal(void)
{
	mutex_lock(&mutex);
	data = 1;
	mutex_unlock(&mutex);
	cond_signal(&cond);
}

static void signal_and_set(void)
{
	mutex_lock(&mutex);
	data = 1;
	cond_signal(&cond);
	mutex_unlock(&mutex);
}

static void set_and_broadcast(void)
{
	mutex_lock(&mutex);
	data = 1;
	mutex_unlock(&mutex);
	cond_broadcast(&cond);
}

static void await_data_for(void)
{
	mutex_lock(&mutex);
	if (!data)
		cond_wait_for(&cond, &mutex, us(1));
	mutex_unlock(&mutex);
	done[me] = true;
}

static bool no_alarm(void)
{
	return done[0];
}

/* A mutex for each, so that the two meet in the cond alone. */
static void await_once(void)
{
	mutex_lock(&own[me]);
	cond_wait(&cond, &own[me]);
	mutex_unlock(&own[me]);
	done[me] = true;
}

static void signal_once(void)
{
	cond_signal(&cond);
}

static void broadcast_late(void)
{
	goroutines_await_park();
	cond_broadcast(&cond);
}

static bool one_at_most(void)
{
	return done[0] + done[1] <= 1;
}

/* Thread 0 was there before the broadcast. */
static bool first_woken(void)
{
	return done[0] || !cond.waitq.word;
}

static void check_one(void)
{
	explore_assert(one_at_most());
}

static void check(void)
{
	explore_assert(!cond.waitq.first && !cond.waitq.lock && !mutex.waitq.word);
}

static const struct explore_scenario scenarios[] = {
    {.name = "a signal after the mutex", .thread = {await_data, set_and_signal}, .check = check},
    {.name = "a signal under the mutex", .thread = {await_data, signal_and_set}, .check = check},
    {.name = "a broadcast", .thread = {await_data, set_and_broadcast}, .check = check},
    {.name = "one signal for two",
     .thread = {await_once, await_once, signal_once},
     .stuck = one_at_most,
     .check = check_one},
    {.name = "a broadcast to two",
     .thread = {await_once, await_once, broadcast_late},
     .stuck = first_woken},
    {.name = "a limit",
     .thread = {await_data_for, goroutines_alarm, set_and_signal},
     .stuck = no_alarm,
     .check = check},
};

int main(void)
{
	return machine_explore(init, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

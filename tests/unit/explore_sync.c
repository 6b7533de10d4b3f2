// test: cflags="-include tests/unit/explore/one_lock.h -iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -DCONFIG_CORES=4" watched="kernel/sync/waitq.c kernel/sync/mutex.c kernel/sync/waitgroup.c kernel/sync/once.c kernel/sync/sema.c kernel/sync/spin.c kernel/sched/timer.c tests/unit/explore/goroutines.c tests/unit/explore_sync.c" sources="kernel/sched/core.c kernel/base/clock.c tests/unit/explore/machine.c tests/unit/explore/explore.c"
// weaken: kernel/sync/waitq.c kernel/sync/mutex.c kernel/sync/waitgroup.c kernel/sync/once.c kernel/sync/spin.c kernel/sync/sema.c kernel/include/skein/sync_impl.h:M1,M2,M3,E1,E2
// mutant: kernel/sync/sema.c: if (n && !give(s, n)) => if (false)
// mutant: kernel/sync/once.c: if (load_relaxed(&o->done)) => if (false)
// mutant: kernel/sync/waitgroup.c: load_relaxed(&wg->waitq.lock) == 0 => true
/* Package sync: every execution of goroutines that share a mutex, a waitgroup, a once, a semaphore or a spinlock,
 * with the fast paths of skein/sync_impl.h as they are inlined here. What they guard is plain memory, and a
 * waitgroup or a semaphore lives no longer than its waiter needs it. */
#include "goroutines.h"

static struct mutex mutex;
static struct waitgroup wg;
static struct once once;
static struct sema sema;
static struct spinlock spin;
static uint32_t data, runs;
static bool done[EXPLORE_THREADS]; /* each its own operation */

#define me explore_self()

static void init(void)
{
	goroutines_init();
	mutex = (struct mutex){0};
	wg = (struct waitgroup){.waitq.word = 2};
	once = (struct once){0};
	sema = (struct sema){0};
	spin = (struct spinlock){0};
	data = runs = 0;
	for (unsigned i = 0; i < EXPLORE_THREADS; i++)
		done[i] = false;
	machine_time[1] = sec(1);
}

/* Mutex. */

static void inside(void)
{
	data++;
	done[me] = true;
	mutex_unlock(&mutex);
}

static void take(void)
{
	mutex_lock(&mutex);
	inside();
}

static void take_twice(void)
{
	take();
	take();
}

static void try(void)
{
	if (mutex_try_lock(&mutex))
		inside();
}

static void take_for(void)
{
	if (mutex_lock_for(&mutex, us(1)))
		inside();
}

/* Comes first, and unlocks late: who waits by then is given the mutex. */
static void hold_long(void)
{
	mutex_lock(&mutex);
	machine_time[me] = sec(1);
	inside();
}

static void check_mutex(void)
{
	explore_assert(mutex.waitq.word == 0 && mutex.waitq.lock == 0 && !mutex.waitq.first);
}

static void check_all(void)
{
	explore_assert(data == 3 && done[0]);
	check_mutex();
}

static bool no_alarm(void)
{
	return done[0] && done[2];
}

/* Once. */

static void set(void)
{
	data = 1;
	runs++;
}

static void do_once(void)
{
	once_do(&once, set);
	explore_assert(data == 1);
}

static void check_once(void)
{
	explore_assert(runs == 1 && once.done == 1);
}

/* Waitgroup: the count is 2 at the start. */

static uint32_t part[EXPLORE_THREADS];

static void do_part(void)
{
	part[me] = 1;
	wg_done(&wg);
}

static void await(void)
{
	wg_wait(&wg);
	explore_assert(part[1] && part[2]);
	explore_gone(&wg, sizeof(wg));
}

static void do_both(void)
{
	part[1] = part[2] = 1;
	wg_add(&wg, -2);
}

/* Comes when thread 0 waits already. */
static void await_late(void)
{
	goroutines_await_park();
	await();
}

static void await_for(void)
{
	if (!wg_wait_for(&wg, us(1)))
		return;
	explore_assert(part[1] && part[2]);
	explore_gone(&wg, sizeof(wg));
}

static void init_wg(void)
{
	init();
	for (unsigned i = 0; i < EXPLORE_THREADS; i++)
		part[i] = 0;
}

static void await_shared(void)
{
	wg_wait(&wg);
	explore_assert(part[1] && part[2]);
}

static bool no_park(void)
{
	return part[1] && part[2];
}

/* Semaphore. */

static void init_sema(void)
{
	init();
	sema = (struct sema)SEMA(1);
}

static void take_permit(void)
{
	sema_acquire(&sema, 1);
	data++;
	sema_release(&sema, 1);
}

static void try_permit(void)
{
	if (!sema_try_acquire(&sema, 1))
		return;
	data++;
	sema_release(&sema, 1);
}

static void take_both(void)
{
	sema_acquire(&sema, 2);
	explore_assert(part[1] && part[2]);
	explore_gone(&sema, sizeof(sema));
}

static void give_part(void)
{
	part[me] = 1;
	sema_release(&sema, 1);
}

static void give_both(void)
{
	part[1] = part[2] = 1;
	sema_release(&sema, 2);
}

static void take_both_for(void)
{
	if (!sema_acquire_for(&sema, 2, us(1)))
		return;
	explore_assert(part[1] && part[2]);
	explore_gone(&sema, sizeof(sema));
}

static void take_one(void)
{
	sema_acquire(&sema, 1);
	explore_assert(part[1] && part[2]);
}

static void check_permit(void)
{
	explore_assert(sema.waitq.word == 1 && !sema.waitq.lock && !sema.waitq.first);
}

/* Spinlock. */

static void spinning(void)
{
	spin_lock(&spin);
	data++;
	spin_unlock(&spin);
}

static void check_spin(void)
{
	explore_assert(data == 2 && !goroutine[0].preempt_off && !goroutine[1].preempt_off);
}

static const struct explore_scenario scenarios[] = {
    {.name = "a mutex, two take it twice",
     .thread = {take_twice, take_twice},
     .check = check_mutex},
    {.name = "a mutex, three take it", .thread = {take, take, take}, .check = check_all},
    {.name = "a mutex, one tries", .thread = {take, try, try}, .check = check_mutex},
    {.name = "a mutex handed over", .thread = {hold_long, take, take}, .check = check_all},
    {.name = "a mutex with a limit",
     .thread = {take_for, goroutines_alarm, take_twice},
     .check = check_mutex,
     .stuck = no_alarm},
    {.name = "a once", .thread = {do_once, do_once, do_once}, .check = check_once},
    {.name = "a waitgroup", .init = init_wg, .thread = {await, do_part, do_part}},
    {.name = "a waitgroup, two wait",
     .init = init_wg,
     .thread = {await_shared, await_shared, do_both}},
    {.name = "a waitgroup, one waits late",
     .init = init_wg,
     .thread = {await_shared, await_late, do_both},
     .stuck = no_park},
    {.name = "a waitgroup with a limit",
     .init = init_wg,
     .thread = {await_for, goroutines_alarm, do_both},
     .stuck = no_park},
    {.name = "a semaphore",
     .init = init_sema,
     .thread = {take_permit, take_permit, take_permit},
     .check = check_permit},
    {.name = "a semaphore, one tries",
     .init = init_sema,
     .thread = {take_permit, try_permit, try_permit},
     .check = check_permit},
    {.name = "a semaphore, two release",
     .init = init_wg,
     .thread = {take_both, give_part, give_part}},
    {.name = "a semaphore, and a permit is left",
     .init = init_wg,
     .thread = {take_one, give_both},
     .check = check_permit},
    {.name = "a semaphore with a limit",
     .init = init_wg,
     .thread = {take_both_for, goroutines_alarm, give_both},
     .stuck = no_park},
    {.name = "a spinlock", .thread = {spinning, spinning}, .check = check_spin},
};

int main(void)
{
	return machine_explore(init, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

// test: cflags="-include tests/unit/explore/one_lock.h -iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -DCONFIG_CORES=4" watched="kernel/sync/time.c kernel/sync/waiter.c kernel/sync/select.c kernel/sync/chan.c kernel/sync/chan_pass.c kernel/sync/chan_locked.c kernel/sync/chan_wait.c kernel/sync/chan_copy.c kernel/sync/chan_make.c kernel/sched/timer.c tests/unit/explore/goroutines.c tests/unit/explore_alarm.c" sources="kernel/sched/core.c kernel/base/clock.c tests/unit/explore/machine.c tests/unit/explore/explore.c"
// weaken: kernel/sched/timer.c:T2,T3
// mutant: kernel/sched/timer.c: } while (fires); => } while (false);
// mutant: kernel/sync/time.c: return take_back(t) || armed; => return armed;
// mutant: kernel/sync/time.c: had = c->state & CHAN_COUNT; => had = true;
// mutant: kernel/sched/timer.c: if (unlikely(node->when > now)) => if (false)
/* A program's timers: every execution of a core whose alarm rings, and of another one that stops or resets
 * the timer and then uses its memory, which is plain. What a call says it stopped is not sent and not
 * called; what it says it did not stop was. */
#include <string.h>
#include "goroutines.h"

static struct timer timer;
static struct ticker ticker;
static uint32_t calls;
static bool stopped, got;

static void called(void *arg)
{
	explore_assert(arg == &timer);
	calls++;
}

/* Thread 0's core has the timer, which is due for it, and thread 1's clock is a little further on. */
static void init(void)
{
	goroutines_init();
	memset(&timer, 0, sizeof(timer));
	memset(&ticker, 0, sizeof(ticker));
	calls = 0;
	stopped = got = false;
	machine_time[0] = 1000;
	machine_time[1] = 100;
}

static void init_sends(void)
{
	init();
	timer_reset(&timer, 1);
}

static void init_calls(void)
{
	init();
	timer_after(&timer, 1, called, &timer);
}

static void init_ticks(void)
{
	init();
	ticker_start(&ticker, 1);
}

static void alarm_rings(void)
{
	kernel_tick();
}

static void stop(void)
{
	stopped = timer_stop(&timer);
}

/* The memory is the owner's again: a later access of the other core is a race. */
static void stops(void)
{
	stop();
	if (stopped)
		explore_assert(chan_try_recv(timer.c, NULL) == CHAN_NOT_READY);
	memset(&timer, 0, sizeof(timer));
}

static void check_stopped(void)
{
	explore_assert(stopped);
}

static void stops_call(void)
{
	stop();
	explore_assert(!stopped || timer.own.node.place == TIMER_OUT);
}

static void check_call(void)
{
	explore_assert(calls + stopped == 1);
}

/* To a moment that does not come for the other core. */
static void resets(void)
{
	stopped = timer_reset(&timer, sec(1));
	explore_assert(chan_try_recv(timer.c, NULL) == CHAN_NOT_READY);
}

static void check_reset(void)
{
	explore_assert(stopped && timer.own.node.place != TIMER_OUT);
	explore_assert((((struct channel *)(void *)timer.own.room)->state & CHAN_COUNT) == 0);
}

static void receives(void)
{
	go_time v = 0;

	got = chan_try_recv(timer.c, &v) == CHAN_OK;

	explore_assert(!got || v == 1000);
	stopped = timer_stop(&timer);
	explore_assert(stopped == !got);
	memset(&timer, 0, sizeof(timer));
}

static void takes(void)
{
	got = chan_try_recv(timer.c, NULL) == CHAN_OK;
}

static void check_one(void)
{
	explore_assert(got + stopped == 1);
}

static void stops_ticker(void)
{
	ticker_stop(&ticker);
	explore_assert(chan_try_recv(ticker.c, NULL) == CHAN_NOT_READY);
	memset(&ticker, 0, sizeof(ticker));
}

static const struct explore_scenario scenarios[] = {
    {.name = "one stops a timer that sends",
     .init = init_sends,
     .thread = {alarm_rings, stops},
     .check = check_stopped},
    {.name = "one stops a timer that calls",
     .init = init_calls,
     .thread = {alarm_rings, stops_call},
     .check = check_call},
    {.name = "one resets a timer that sends",
     .init = init_sends,
     .thread = {alarm_rings, resets},
     .check = check_reset},
    {.name = "one receives if it can, and stops",
     .init = init_sends,
     .thread = {alarm_rings, receives}},
    {.name = "one stops it, and another one receives if it can",
     .init = init_sends,
     .thread = {alarm_rings, stop, takes},
     .check = check_one},
    {.name = "one stops a ticker", .init = init_ticks, .thread = {alarm_rings, stops_ticker}},
};

int main(void)
{
	return machine_explore(init, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

/* Time, to the documentation of Go's package time as of Go 1.23: what the other tests do not check. Of Go's
 * own tests:
 *   Sleep, AfterTick, NegativeTimer            time_sleep, time_timer (fires_at_once)
 *   AfterFunc, ZeroTimer, StopResult, Reset    time_timer
 *   AfterQueuing                               here, in_the_order_of_time
 *   TimerStopStress                            here, stopped_in_time
 *   OverflowSleep                              here, longest
 *   TimerModifiedEarlier                       here, earlier
 *   AdjustTimers, LongAdjustTimers             here, last_reset_counts
 *   Chan (a timer's channel is synchronous)    time_timer (has_no_buffer, stop_takes_back, reset_takes_back)
 *   ConcurrentTimerReset, ResetStop            time_race (many_hands)
 *   Ticker, TickerReset, Teardown              time_ticker, comes_back
 *   NewTickerLtZeroDuration                    time_panic
 * A zeroed timer is ready for use, where Go panics. */
// test: cores=4
// test: cores=1 check=0 boards=virt-aarch64
#include "base/atomic.h"
#include "test.h"

/* [After: waits for the duration to elapse and then sends the current time.] Waits for different times end
 * in the order of the times that they send. */
static void wait_for(int slot, chan(go_time) result)
{
	chan(go_time) after = go_after(us(300) * slot);
	go_time v = 0;

	check(chan_recv(after, &v));
	chan_free(after);
	chan_send(result, v);
}

static void in_the_order_of_time(void)
{
	static const int slots[] = {5, 3, 6, 6, 6, 1, 1, 2, 7, 9, 4, 8, 0};
	enum { SLOTS = sizeof(slots) / sizeof(slots[0]) };
	chan(go_time) result = chan_make(go_time, SLOTS);
	go_time start = go_now(), came[SLOTS];

	for (int i = 0; i < SLOTS; i++)
		go(wait_for, slots[i], result);
	for (int i = 0, k; i < SLOTS; i++) { /* sorted: a host may stop a core between two calls */
		go_time v = 0;

		chan_recv(result, &v);
		for (k = i; k && came[k - 1] > v; k--)
			came[k] = came[k - 1];
		came[k] = v;
	}
	for (int i = 0; i < SLOTS; i++) {
		int before = 0; /* slots that are over before slot i's time */

		for (int k = 0; k < SLOTS; k++)
			before += slots[k] < slots[i];
		check(came[before] >= start + us(300) * slots[i]);
	}
	chan_free(result);
}

/* [AfterFunc, Stop: Stop returns true if the call stops the timer.] What is stopped long before its time is
 * stopped, and its function never runs. */
static uint32_t ran; /* atomic */

static void runs(void *unused)
{
	(void)unused;
	fetch_add_relaxed(&ran, 1);
}

static void stopped_in_time(void)
{
	static struct timer timers[100];

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 100; i++)
			timer_after(&timers[i], sec(1000), runs, NULL);
		go_yield();
		for (int i = 0; i < 100; i++)
			check(timer_stop(&timers[i]));
		for (int i = 0; i < 100; i++)
			check(!timer_stop(&timers[i]));
	}
	check(load_relaxed(&ran) == 0);
}

/* The longest times are not taken for short ones, and the most negative ones are over. [Sleep: a negative
 * or zero duration causes Sleep to return immediately; After, NewTimer: after at least duration d.] */
static void send_soon(chan(int) c)
{
	go_sleep(us(100));
	chan_send(c, 1);
}

static void longest(void)
{
	static const go_time times[] = {GO_FOREVER, GO_FOREVER - 1, GO_FOREVER / 2,
	                                (go_time)1 << 62, GO_FOREVER - sec(1)};
	static const go_time over[] = {INT64_MIN, INT64_MIN + 1, -GO_FOREVER / 2, -1};
	chan(int) c = chan_make(int, 0);
	struct timer t = {0}, calls = {0};

	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		chan(go_time) after = go_after(times[i]);

		timer_reset(&t, times[i]);
		timer_after(&calls, times[i], runs, NULL);
		check(chan_select_for(us(200), on_recv(after, NULL), on_recv(t.c, NULL)) == -1);
		check(load_relaxed(&ran) == 0);
		check(timer_stop(&t) == (times[i] != GO_FOREVER));
		check(timer_stop(&calls) == (times[i] != GO_FOREVER));
		chan_free(after);
		go(send_soon, c);
		check(chan_recv_for(c, NULL, times[i]) == CHAN_OK);
		go(send_soon, c);
		check(chan_select_for(times[i], on_recv(t.c, NULL), on_recv(c, NULL)) == 1);
	}
	for (unsigned i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
		go_sleep(over[i]);
		check(chan_recv_for(c, NULL, over[i]) == CHAN_NOT_READY);
		timer_reset(&t, over[i]);
		check(chan_recv(t.c, NULL));
	}
	chan_free(c);
}

/* [Reset: changes the timer to expire after duration d.] Also when that is sooner, or there are others
 * before and behind. */
static void earlier(void)
{
	static struct timer before[30], t, behind[30];

	for (int i = 0; i < 30; i++) {
		timer_reset(&before[i], sec(900) + i);
		timer_reset(&behind[i], sec(2000) - i);
	}
	for (int i = 0; i < 50; i++) {
		go_time start = go_now(), v = 0;

		check(!timer_reset(&t, sec(1000)));
		check(timer_reset(&t, us(i)));
		check(chan_recv(t.c, &v) && v - start >= us(i) && v - start < sec(900));
	}
	for (int i = 0; i < 30; i++)
		check(timer_stop(&before[i]) && timer_stop(&behind[i]));
}

/* Many timers, each of which is reset, by different goroutines, to sooner and to later times: each fires
 * once, and not before the time of its last reset. */
enum { TIMERS = 60, GROUPS = 4 };

static void adjust(unsigned group, struct waitgroup *wg)
{
	static struct timer timers[GROUPS][TIMERS];
	struct timer *mine = timers[group];
	go_time due[TIMERS];
	uint32_t x = group + 1;

	for (int round = 0; round < 5; round++)
		for (int i = 0; i < TIMERS; i++) {
			go_time d;

			x = x * 1664525 + 1013904223;
			d = us(x >> 16 & 1023);
			due[i] = go_now() + d;
			timer_reset(&mine[i], d);
			if (x >> 28 == 0)
				go_yield();
		}
	for (int i = 0; i < TIMERS; i++) {
		go_time v = 0;

		check(chan_recv(mine[i].c, &v) && v >= due[i]);
		check(chan_try_recv(mine[i].c, &v) == CHAN_NOT_READY && !timer_stop(&mine[i]));
	}
	wg_done(wg);
}

static void last_reset_counts(void)
{
	struct waitgroup wg = {0};

	wg_add(&wg, GROUPS);
	for (unsigned i = 0; i < GROUPS; i++)
		go_with(go_attr(.stack = 4096), adjust, i, &wg);
	wg_wait(&wg);
}

int main(void)
{
	in_the_order_of_time();
	stopped_in_time();
	longest();
	earlier();
	last_reset_counts();
	return test_done();
}

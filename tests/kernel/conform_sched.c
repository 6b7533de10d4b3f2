/* The scheduler, as Go's documentation of package runtime and Go's own tests of it have it: what the other
 * tests do not check. Of those tests:
 *   StopTheWorldDeadlock, BlockLocked, LockOSThread   Skein has no thread to stop or to lock to
 *   YieldProgress                                     here, yields
 *   GoroutineParallelism                              here, in_parallel
 *   TimerFairness, TimerFairness2                     here, timers_come
 *   Preemption, PreemptSplitBig                       sched_hogs, stress/hogs
 *   PingPongHog                                       sched_shares (beside_pairs)
 *   SchedLocalQueue, Steal, Empty                     unit/ring, unit/explore_runq
 *   NumGoroutine, Goexit                              go_many, go_exit
 *   deadlock                                          panic_deadlock */
// test: cores=4
// test: cores=1 check=0 boards=virt-aarch64
#include "base/atomic.h"
#include "sched/core.h"
#include "test.h"

/* As many goroutines as there are cores run at the same time. None of them can be preempted while it waits
 * for its turn, so if one core ran two of them the test would hang. [GOMAXPROCS: the number of CPUs that can
 * be executing simultaneously.] */
enum { ROUNDS = 10 };
static uint32_t baton; /* atomic */

static void take_turns(uint32_t me, uint32_t all, struct waitgroup *wg)
{
	go_preempt_off();
	for (uint32_t turn = me; turn < ROUNDS * all; turn += all) {
		while (load_acquire(&baton) != turn)
			arch_relax();
		store_release(&baton, turn + 1);
	}
	go_preempt_on();
	wg_done(wg);
}

static void in_parallel(void)
{
	uint32_t n = go_cores();

	for (int i = 0; i < 10; i++) {
		struct waitgroup wg = {0};

		baton = 0;
		wg_add(&wg, (int)n);
		for (uint32_t k = n; k--;)
			go(take_turns, k, n, &wg);
		wg_wait(&wg);
		check(baton == ROUNDS * n);
	}
}

/* Goroutines that yield and try again let others come to what they try for. [Gosched yields the processor,
 * allowing other goroutines to run.] */
static void tries(chan(int) c, chan(void) over)
{
	int v = 0;

	while (chan_try_select(on_recv(c, &v)) < 0)
		go_yield();
	check(v == 1);
	chan_send(over);
}

static void yields(void)
{
	chan(int) c = chan_make(int, 0);
	chan(void) over = chan_make(void, 0);
	int n = 4 * (int)go_cores();

	for (int i = 0; i < n; i++)
		go(tries, c, over);
	go_sleep(ms(1));
	for (int i = 0; i < n; i++) /* a select that tries meets only who waits */
		chan_send(c, 1);
	for (int i = 0; i < n; i++)
		chan_recv(over, NULL);
	chan_free(c);
	chan_free(over);
}

/* Goroutines that always have something to do keep no timer from firing, nor a select from seeing it.
 * [After waits for the duration to elapse and then sends the current time.] */
static void offers(chan(bool) c, chan(void) done, struct waitgroup *wg)
{
	while (chan_select(on_send(c, true), on_recv(done, NULL)) == 0)
		;
	wg_done(wg);
}

static void times_out(chan(bool) c, struct waitgroup *wg)
{
	go_time start = go_now();
	chan(go_time) after = go_after(ms(5));

	while (chan_select(on_recv(c, NULL), on_recv(after, NULL)) == 0)
		;
	check(go_now() - start >= ms(5));
	chan_free(after);
	wg_done(wg);
}

static void timers_come(int readers)
{
	chan(bool) c = chan_make(bool, 0);
	chan(void) done = chan_make(void, 0);
	struct waitgroup writing = {0}, reading = {0};

	wg_add(&writing, 2);
	for (int i = 0; i < 2; i++)
		go(offers, c, done, &writing);
	wg_add(&reading, readers);
	for (int i = 0; i < readers; i++)
		go(times_out, c, &reading);
	wg_wait(&reading);
	chan_close(done);
	wg_wait(&writing);
	chan_free(c);
	chan_free(done);
}

int main(void)
{
	in_parallel();
	yields();
	timers_come(1);
	timers_come(3);
	return test_done();
}

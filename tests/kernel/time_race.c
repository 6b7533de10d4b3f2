/* Timers that are stopped and reset around the moment at which they fire, which is on another core when
 * their goroutine has moved. */
// test: cores=1,4 check=0,1
#include <string.h>
#include "memory/mem.h"
#include "sched/core.h"
#include "test.h"

enum { ROUNDS = 3000, PLAYERS = 6 };

static void spin(unsigned n)
{
	for (volatile unsigned i = 0; i < n; i++)
		;
}

/* Arms on the core given, so that this goroutine, on whatever core, meets it there. */
static void arm_there(struct timer *t, go_time d, chan(go_time) armed)
{
	go_time start = go_now();

	timer_reset(t, d);
	chan_send(armed, start);
}

/* Stop and Reset: after either has returned, no receive gets a value of before. True means that the value
 * of before has not been received and will not be. */
static void never_stale(void)
{
	chan(go_time) armed = chan_make(go_time, 0);
	struct timer t = {0};
	unsigned stopped = 0, expired = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		go_time start, v;
		bool got;

		go_with(go_attr(.core = i % (int)go_cores()), arm_there, &t, us(1 + i % 23), armed);
		chan_recv(armed, &start);
		spin(i * 7 % 500);
		got = chan_try_recv(t.c, &v) == CHAN_OK;
		if (got)
			check(v >= start + us(1 + i % 23));
		if (i % 2) {
			check(timer_stop(&t) == !got);
			check(chan_try_recv(t.c, NULL) == CHAN_NOT_READY);
			check(!timer_stop(&t));
		} else {
			start = go_now();
			check(timer_reset(&t, us(5 + i % 11)) == !got);
			check(chan_recv(t.c, &v) && v >= start + us(5 + i % 11));
		}
		got ? expired++ : stopped++;
	}
	kprintf("%u in time, %u too late\n", stopped, expired);
	check(stopped > 0 && expired > 0);
	check(chan_recv_for(t.c, NULL, us(100)) == CHAN_NOT_READY);
	chan_free(armed);
}

/* AfterFunc: either Stop, or a Reset, returns true, or f runs; and each of f's calls was armed. */

static uint32_t calls; /* atomic */

static void call(void *arg)
{
	check(arg == &calls);
	__atomic_fetch_add(&calls, 1, __ATOMIC_RELEASE);
}

static void call_there(struct timer *t, go_time d, chan(go_time) armed)
{
	timer_after(t, d, call, &calls);
	chan_send(armed, go_now());
}

/* The timer lies in memory that is used for something else as soon as the timer is stopped. */
static void stopped_or_called(void)
{
	chan(go_time) armed = chan_make(go_time, 0);
	unsigned stopped = 0;

	calls = 0;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct timer t;

		memset(&t, 0, sizeof(t));
		go_with(go_attr(.core = i % (int)go_cores()), call_there, &t, us(1 + i % 23),
		        armed);
		chan_recv(armed, NULL);
		spin(i * 7 % 500);
		if (i % 3 == 0)
			stopped += timer_reset(&t, us(i % 11));
		else
			stopped--; /* one that is armed once */
		spin(i % 50);
		stopped += timer_stop(&t) + (i % 3 != 0);
		memset(&t, 0xff, sizeof(t));
		__asm__ volatile("" : : "r"(&t) : "memory");
	}
	for (int i = 0; i < 1000 && go_count() > 1; i++)
		go_sleep(us(100));
	/* a third is armed twice */
	kprintf("%u stopped, %u called\n", (unsigned)stopped, (unsigned)calls);
	check(stopped + calls == ROUNDS + (ROUNDS + 2) / 3);
	check(stopped > 0 && calls > 0);
	chan_free(armed);
}

/* Several goroutines arm and stop one timer and receive from it; then it is still. */

static struct timer shared;
static uint32_t received, armed_times; /* atomic */

static void play(unsigned id, struct waitgroup *wg)
{
	for (unsigned i = 0; i < ROUNDS / 4; i++) {
		unsigned what = (i * 31 + id * 17) % 7;

		if (what < 4) {
			timer_reset(&shared, us((i + id) % 13));
			__atomic_fetch_add(&armed_times, 1, __ATOMIC_RELAXED);
		} else if (what == 4) {
			timer_stop(&shared);
		} else if (chan_recv_for(shared.c, NULL, us(i % 17)) == CHAN_OK) {
			__atomic_fetch_add(&received, 1, __ATOMIC_RELAXED);
		}
		if (i % 5 == 0)
			go_yield();
	}
	wg_done(wg);
}

static void many_hands(void)
{
	struct waitgroup wg = {0};

	timer_stop(&shared);
	timer_reset(&shared, 0); /* so that its channel is there */
	wg_add(&wg, PLAYERS);
	for (unsigned i = 0; i < PLAYERS; i++)
		go(play, i, &wg);
	wg_wait(&wg);
	timer_stop(&shared);
	check(chan_recv_for(shared.c, NULL, us(200)) == CHAN_NOT_READY);
	kprintf("armed %u times, %u received\n", (unsigned)armed_times, (unsigned)received);
	check(received > 0 && received <= armed_times + 1);
	check(!timer_reset(&shared, us(10)) && chan_recv(shared.c, NULL));
}

/* One that waits on the channel is served by a timer that another goroutine resets. */
static void receive(chan(go_time) c, chan(go_time) answer)
{
	go_time v;

	chan_recv(c, &v);
	chan_send(answer, v);
}

static void reset_with_waiter(void)
{
	chan(go_time) answer = chan_make(go_time, 0);
	struct timer t = {0};

	timer_reset(&t, sec(100));
	for (unsigned i = 0; i < 200; i++) {
		go_time v, start;

		timer_reset(&t, sec(100));
		go(receive, t.c, answer);
		go_sleep(us(i % 5));
		start = go_now();
		check(timer_reset(&t, us(i % 40)));
		check(chan_recv(answer, &v) && v >= start + us(i % 40));
		check(!timer_stop(&t));
	}
	chan_free(answer);
}

/* Timers that fire, that are stopped before and after, and whose channel is freed at all times: all that
 * they took comes back. */
static void call_done(void *wg)
{
	wg_done(wg);
}

static void all_kinds(void)
{
	chan(go_time) soon = go_after(us(5)), far = go_after(sec(100)), now = go_after(0);
	struct timer t = {0}, call_timer = {0};
	struct waitgroup called = {0};
	struct ticker k = {0};

	wg_add(&called, 1);
	timer_after(&call_timer, us(3), call_done, &called);
	timer_reset(&t, us(4));
	ticker_start(&k, us(60));
	chan_recv(soon, NULL);
	chan_free(soon);
	chan_free(far);
	chan_free(now);
	chan_recv(k.c, NULL);
	ticker_stop(&k);
	timer_stop(&t);
	wg_wait(&called);
}

static void comes_back(void)
{
	unsigned used[3][MEM_SIZES];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++)
			all_kinds();
		while (go_count() > 1)
			go_sleep(us(50));
		for (int i = 0; i < MEM_SIZES; i++)
			used[round][i] = mem_sizes[i].used;
		for (unsigned i = 0; i < go_cores(); i++)
			check(cores[i].timers.n == 0);
	}
	check(!memcmp(used[1], used[2], sizeof(used[1])));
}

int main(void)
{
	never_stale();
	stopped_or_called();
	many_hands();
	reset_with_waiter();
	comes_back();
	return test_done();
}

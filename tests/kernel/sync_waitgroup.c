/* Waitgroup: reuse, limits, many waiters, on a waiter's stack, and wg_go's arguments. */
// test: cores=1,2,4,8 check=0
// test: cores=4 check=1
// test: cores=4 check=0 limit=30 opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
#include "room.h"
#include "test.h"

static unsigned ran; /* atomic */

static void ran_once(void)
{
	__atomic_fetch_add(&ran, 1, __ATOMIC_RELAXED);
}

static void none(void)
{
	ran_once();
}

static void one(int a)
{
	check(a == 1);
	ran_once();
}

static void two(int a, char b)
{
	check(a == 1 && b == 2);
	ran_once();
}

static void three(int a, char b, const char *c)
{
	check(a == 1 && b == 2 && c[0] == '3');
	ran_once();
}

static int four(int a, char b, const char *c, uint64_t d)
{
	check(a == 1 && b == 2 && c[0] == '3' && d == UINT64_MAX);
	ran_once();
	return 0; /* a result is dropped */
}

static void arguments(void)
{
	struct waitgroup wg = {0};

	for (unsigned lap = 1; lap <= 20; lap++) { /* and reuse */
		wg_go(&wg, none);
		wg_go(&wg, one, 1);
		wg_go(&wg, two, 1, 2);
		wg_go(&wg, three, 1, 2, "3");
		wg_go(&wg, four, 1, 2, "3", UINT64_MAX);
		wg_wait(&wg);
		check(__atomic_load_n(&ran, __ATOMIC_RELAXED) == lap * 5);
	}
}

static __attribute__((__noinline__)) void exit_deep(unsigned n)
{
	if (n == 0)
		go_exit();
	if (n < 100)
		exit_deep(n - 1);
	check(!"go_exit returns");
}

static void exits(unsigned depth)
{
	ran_once();
	exit_deep(depth);
}

/* wg_go counts down also for who ends in go_exit; the stack that such a one leaves owes nothing. */
static void ended_by_exit(void)
{
	struct waitgroup wg = {0};
	unsigned before = __atomic_load_n(&ran, __ATOMIC_RELAXED);

	for (unsigned lap = 1; lap <= 40; lap++) {
		wg_go(&wg, exits, lap % 8);
		wg_go(&wg, none);
		if (!check(wg_wait_for(&wg, sec(10))))
			return;
		check(wg.waitq.word == 0);
		check(__atomic_load_n(&ran, __ATOMIC_RELAXED) == before + lap * 2);
	}
}

/* The largest count, and back. */
static void largest(void)
{
	struct waitgroup wg = {0};

	wg_add(&wg, INT32_MAX);
	check(!wg_wait_for(&wg, 0) && !wg_wait_for(&wg, us(10)));
	wg_add(&wg, -INT32_MAX);
	check(wg_wait_for(&wg, 0));
}

/* What was written before wg_done is seen after wg_wait, and the waitgroup is gone with the
 * frame that it lies in. */
static void write_and_done(struct waitgroup *wg, int *plain)
{
	*plain = 1;
	wg_done(wg);
}

static __attribute__((__noinline__)) void round_on_stack(void)
{
	struct waitgroup wg = {0};
	int plain[3] = {0};

	wg_add(&wg, 3);
	for (int i = 0; i < 3; i++)
		go(write_and_done, &wg, &plain[i]);
	wg_wait(&wg);
	check(plain[0] && plain[1] && plain[2]);
}

static __attribute__((__noinline__)) void scribble(void)
{
	volatile unsigned char over[256];

	for (unsigned i = 0; i < sizeof(over); i++)
		over[i] = 0xff;
	for (unsigned i = 0; i < sizeof(over); i++)
		check(over[i] == 0xff);
}

static void on_a_stack(void)
{
	for (int i = 0; i < 200; i++) {
		round_on_stack();
		scribble();
	}
}

static void sleep_and_done(struct waitgroup *wg)
{
	go_sleep(us(300));
	wg_done(wg);
}

static void limits(void)
{
	struct waitgroup wg = {0};
	go_time start;

	wg_wait(&wg);
	check(wg_wait_for(&wg, 0) && wg_wait_for(&wg, -1) && wg_wait_for(&wg, ms(1)));
	wg_add(&wg, 2);
	check(!wg_wait_for(&wg, 0) && !wg_wait_for(&wg, INT64_MIN));
	for (go_time limit = us(1); limit < ms(5); limit *= 10) {
		start = go_now();
		check(!wg_wait_for(&wg, limit) && go_now() - start >= limit);
	}
	go(sleep_and_done, &wg);
	check(!wg_wait_for(&wg, us(50)));
	wg_done(&wg);
	check(wg_wait_for(&wg, sec(1000)));
	wg_add(&wg, 1);
	go(sleep_and_done, &wg);
	check(wg_wait_for(&wg, GO_FOREVER));
	wg_add(&wg, 3);
	wg_add(&wg, -3);
	wg_wait(&wg);
}

/* Up to a thousand waiters, every third with a limit that passes before, are all woken, once. */
enum { WAITERS = 999 };
static unsigned waited, timed_out; /* atomic */
static bool released;              /* atomic */

static void waiter(struct waitgroup *wg, struct waitgroup *ready, int form)
{
	bool done;

	if (form != 2)
		wg_done(ready);
	done = form ? wg_wait_for(wg, form == 1 ? sec(1000) : us(200)) : (wg_wait(wg), true);
	if (form == 2) {
		check(!done);
		__atomic_fetch_add(&timed_out, 1, __ATOMIC_RELAXED);
		wg_done(ready);
	} else {
		check(done && __atomic_load_n(&released, __ATOMIC_RELAXED));
		__atomic_fetch_add(&waited, 1, __ATOMIC_RELAXED);
	}
}

static void many_waiters(void)
{
	struct waitgroup wg = {0}, ready = {0}, all = {0};
	unsigned third = room_for(WAITERS) / 3;

	wg_add(&wg, 1);
	wg_add(&ready, 3 * third);
	for (unsigned i = 0; i < 3 * third; i++)
		wg_go(&all, waiter, &wg, &ready, i % 3);
	wg_wait(&ready);
	check(!wg_wait_for(&all, us(100)));
	check(timed_out == third);
	__atomic_store_n(&released, true, __ATOMIC_RELAXED);
	wg_done(&wg);
	wg_wait(&all);
	check(waited == 2 * third);
}

/* Waiters whose limit passed while none of them could run stand before one that waits. The waker passes
 * only a few of them at a time, and gets to that one all the same. */
static void late(struct waitgroup *wg)
{
	wg_wait_for(wg, ms(2));
}

static void behind_late_ones(void)
{
	struct waitgroup wg = {0}, all = {0};
	unsigned procs = go_maxprocs(1);

	wg_add(&wg, 1);
	for (unsigned i = 0; i < 4 * CONFIG_WAKE_BATCH; i++)
		wg_go(&all, late, &wg);
	wg_go(&all, wg_wait, &wg);
	go_sleep(us(100)); /* until all wait */
	go_preempt_off();
	for (go_time end = go_now() + ms(4); go_now() < end;)
		;
	wg_done(&wg);
	go_preempt_on();
	wg_wait(&all);
	go_maxprocs(procs);
}

/* Waits with a limit that race with the last wg_done. */
static void race(void)
{
	for (int i = 0; i < 200; i++) {
		struct waitgroup wg = {0};
		int plain = 0;

		wg_add(&wg, 1);
		go(write_and_done, &wg, &plain);
		while (!wg_wait_for(&wg, us(i % 20)))
			;
		check(plain);
	}
}

int main(void)
{
	arguments();
	ended_by_exit();
	largest();
	on_a_stack();
	limits();
	many_waiters();
	behind_late_ones();
	race();
	return test_done();
}

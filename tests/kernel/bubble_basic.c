/* Bubbles, to the documentation of Go's package testing/synctest. Each case names the sentence that it
 * checks. */
// test: cores=1,4 check=0,1 boards=virt-aarch64,virt-riscv64,virt-riscv32,mps2-an521
#include <skein/context.h>
#include "test.h"

static go_time since(go_time start)
{
	return go_now() - start;
}

/* Runs f in a bubble, which leaves no goroutine behind. */
static void bubble(void (*f)(void *), void *arg)
{
	unsigned before = go_count();

	go_bubble(f, arg);
	check(go_count() == before);
}

/* "Within a bubble, the time package uses a fake clock." "Time advances in the bubble when every
 * goroutine in the bubble is blocked." */
static void sleeps(void *unused)
{
	go_time start = go_now();

	(void)unused;
	check(start == sec(1));
	go_sleep(sec(3600));
	check(since(start) == sec(3600));
	go_sleep(1);
	check(since(start) == sec(3600) + 1);
	go_sleep(0);
	go_sleep(-1);
	check(since(start) == sec(3600) + 1);
}

/* A computation takes no time, however long it is. */
static void stands_still(void *unused)
{
	go_time start = go_now();

	(void)unused;
	for (volatile int i = 0; i < 100000; i++)
		;
	go_yield();
	check(since(start) == 0);
}

/* All that has a limit follows the clock. */
static void limits(void *unused)
{
	struct mutex m = {0};
	struct cond c = {0};
	struct sema s = {0};
	struct waitgroup wg = {0};
	chan(int) a = chan_make(int, 0);
	chan(void *) b = chan_make(void *, 1);
	go_time start = go_now();
	int x;

	(void)unused;
	check(chan_recv_for(a, &x, sec(10)) == CHAN_NOT_READY && since(start) == sec(10));
	check(chan_send_for(a, 1, sec(10)) == CHAN_NOT_READY && since(start) == sec(20));
	chan_send(b, NULL);
	check(chan_send_for(b, NULL, sec(10)) == CHAN_NOT_READY && since(start) == sec(30));
	check(chan_select_for(sec(10), on_recv(a, &x), on_send(b, NULL)) == -1);
	check(since(start) == sec(40));
	check(chan_select_for(sec(10)) == -1 && since(start) == sec(50));
	mutex_lock(&m);
	check(!cond_wait_for(&c, &m, sec(10)) && since(start) == sec(60));
	mutex_unlock(&m);
	check(!sema_acquire_for(&s, 1, sec(10)) && since(start) == sec(70));
	wg_add(&wg, 1);
	check(!wg_wait_for(&wg, sec(10)) && since(start) == sec(80));
	chan_free(a);
	chan_free(b);
}

static void nap(go_time d, unsigned *order, unsigned *n)
{
	go_sleep(d);
	order[(*n)++] = d / sec(1);
}

/* Timers fire in order, whoever armed them first. */
static void in_order(void *unused)
{
	unsigned order[5], n = 0;
	static const unsigned seconds[5] = {30, 10, 50, 20, 40};

	(void)unused;
	for (unsigned i = 0; i < 5; i++)
		go(nap, sec(seconds[i]), order, &n);
	go_sleep(sec(60));
	check(n == 5);
	for (unsigned i = 0; i < n; i++)
		check(order[i] == 10 * (i + 1));
}

static void count(void *n)
{
	++*(unsigned *)n;
}

static void timers(void *unused)
{
	struct timer t = {0}, f = {0};
	struct ticker k = {0};
	chan(go_time) c = go_after(sec(5));
	go_time start = go_now(), v = 0;
	unsigned n = 0;

	(void)unused;
	check(!timer_reset(&t, sec(10)));
	check(chan_recv(c, &v) && v == start + sec(5) && since(start) == sec(5));
	chan_free(c);
	check(timer_reset(&t, sec(10)));
	check(chan_recv(t.c, &v) && v == start + sec(15) && since(start) == sec(15));
	check(!timer_stop(&t));
	timer_reset(&t, sec(10));
	check(timer_stop(&t));
	check(chan_recv_for(t.c, &v, sec(85)) == CHAN_NOT_READY && since(start) == sec(100));

	timer_after(&f, sec(10), count, &n);
	go_sleep(sec(10));
	go_bubble_wait();
	check(n == 1);
	check(!timer_reset(&f, sec(10)));
	check(timer_stop(&f));
	go_sleep(sec(20));
	check(n == 1 && since(start) == sec(130));

	ticker_start(&k, sec(1));
	for (unsigned i = 1; i <= 100; i++)
		check(chan_recv(k.c, &v) && v == start + sec(130 + i));
	go_sleep(ms(10500)); /* a slow reader: one tick waits, nine are dropped */
	check(chan_recv(k.c, &v) && v == start + sec(231));
	check(chan_try_recv(k.c, &v) == CHAN_NOT_READY);
	check(chan_recv(k.c, &v) && v == start + sec(241));
	ticker_stop(&k);
	check(chan_recv_for(k.c, &v, sec(100)) == CHAN_NOT_READY);
	c = go_after(0);
	check(chan_recv(c, &v) && v == go_now() && v == start + sec(341));
	chan_free(c);
	c = go_after(sec(1000)); /* freed before its time, and one that is armed at the end */
	chan_free(c);
	timer_reset(&t, sec(1000));
}

/* The example of the package: a context that is canceled by its deadline. */
static void context(void *unused)
{
	go_time start = go_now();
	struct context *ctx = ctx_with_timeout(ctx_background(), sec(3600));

	(void)unused;
	go_sleep(sec(3600) - 1);
	go_bubble_wait();
	check(ctx_err(ctx) == 0);
	go_sleep(1);
	go_bubble_wait();
	check(ctx_err(ctx) == CTX_DEADLINE_EXCEEDED);
	check(since(start) == sec(3600));
	ctx_free(ctx);
}

static void set(bool *done)
{
	*done = true;
}

/* "Wait blocks until every goroutine within the current bubble, other than the current goroutine, is
 * durably blocked." */
static void waits(void *unused)
{
	go_time start = go_now();
	bool done = false;

	(void)unused;
	go(set, &done);
	go_bubble_wait();
	check(done);
	go_bubble_wait();
	check(since(start) == 0);
}

static void ends_late(unsigned *n)
{
	go_sleep(sec(10));
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

static void starts_others(void *n)
{
	struct waitgroup wg = {0};

	go(ends_late, (unsigned *)n);
	check(go_try(ends_late, (unsigned *)n));
	go_with(go_attr(.name = "late", .stack = 4096), ends_late, (unsigned *)n);
	go_with(go_attr(.core = 0), ends_late, (unsigned *)n);
	wg_go(&wg, ends_late, (unsigned *)n);
	wg_wait(&wg);
	go(ends_late, (unsigned *)n);
	go_exit();
}

/* "Test waits for all goroutines in the bubble to exit before returning." */
static void ends_when_all_have(void)
{
	unsigned n = 0;

	bubble(starts_others, &n);
	check(__atomic_load_n(&n, __ATOMIC_RELAXED) == 6);
}

/* A mutex is not durably blocking: the clock stands still, and goes on when it is unlocked. */
struct held {
	struct mutex m;
	chan(int) c;
	bool locked;
};

static void lock_it(struct held *h)
{
	mutex_lock(&h->m);
	h->locked = true;
	mutex_unlock(&h->m);
}

static void mutexes(void *unused)
{
	struct held h = {0};
	go_time start = go_now();

	(void)unused;
	mutex_lock(&h.m);
	go(lock_it, &h);
	for (unsigned i = 0; i < 10; i++)
		go_yield();
	check(!h.locked && since(start) == 0);
	mutex_unlock(&h.m);
	go_sleep(sec(1));
	check(h.locked && since(start) == sec(1));
}

/* "An operation on a channel that was made outside is not durably blocking": the clock waits for who
 * is outside. */
struct pair {
	chan(void *) to, from;
};

static void echo(struct pair *p)
{
	for (void *v; chan_recv(p->to, &v);) {
		for (unsigned i = 0; i < 10; i++)
			go_yield();
		chan_send(p->from, v);
	}
}

static void asks(void *arg)
{
	struct pair *p = arg;
	go_time start = go_now();
	chan(int) c = chan_make(int, 0);
	void *v;
	int x;

	for (unsigned i = 0; i < 20; i++) {
		chan_send(p->to, &start);
		check(chan_recv_for(p->from, &v, sec(1)) == CHAN_OK && v == &start);
		chan_send(p->to, &start);
		check(chan_select_for(sec(1), on_recv(c, &x), on_recv(p->from, &v)) == 1);
	}
	check(since(start) == 0);
	chan_free(c);
}

static void outside_answers(void)
{
	struct pair p = {chan_make(void *, 0), chan_make(void *, 0)};

	go(echo, &p);
	bubble(asks, &p);
	chan_close(p.to);
	while (go_count() > 1)
		go_yield();
	chan_free(p.to);
	chan_free(p.from);
}

/* "A goroutine in go_preempt_off" and a spin_lock nest inside as anywhere. */
static void preempt_off(void *unused)
{
	struct spinlock l = {0};
	go_time start = go_now();

	(void)unused;
	go_preempt_off();
	spin_lock(&l);
	go_preempt_off();
	go_preempt_on();
	spin_unlock(&l);
	check(go_now() == start);
	go(set, &(bool){false});
	go_preempt_on();
	go_sleep(sec(1));
	check(since(start) == sec(1));
}

static void ping(chan(int) in, chan(int) out)
{
	for (int v; chan_recv(in, &v);)
		chan_send(out, v + 1);
	chan_close(out);
}

/* A chain of goroutines, all elements of other sizes than a word: the clock does not move. */
static void chain(void *unused)
{
	enum { LONG = 8 };
	chan(int) c[LONG + 1];
	go_time start = go_now();

	(void)unused;
	for (unsigned i = 0; i <= LONG; i++)
		c[i] = chan_make(int, i % 3);
	for (unsigned i = 0; i < LONG; i++)
		go(ping, c[i], c[i + 1]);
	for (int v, i = 0; i < 100; i++) {
		chan_send(c[0], i);
		check(chan_recv(c[LONG], &v) && v == i + LONG);
	}
	chan_close(c[0]);
	check(!chan_recv(c[LONG], NULL));
	check(since(start) == 0);
	go_bubble_wait();
	for (unsigned i = 0; i <= LONG; i++)
		chan_free(c[i]);
}

/* All in a program's own seconds: the bubbles above slept for more than two hours. */
int main(void)
{
	static void (*const cases[])(void *) = {sleeps,  stands_still, limits,  in_order,    timers,
	                                        context, waits,        mutexes, preempt_off, chain};
	go_time start = go_now();

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		bubble(cases[i], NULL);
	ends_when_all_have();
	outside_answers();
	check(go_now() - start < sec(3600));
	return test_done();
}

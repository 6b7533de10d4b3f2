/* go_leaks and bubbles. Whoever waits with a limit of a bubble's clock, or sleeps by it, is no leak, for the
 * clock may move yet; nor is who keeps the bubble. Whoever waits without a limit on what nothing leads to
 * has leaked. If the clock can never move, because one of the bubble waits for ever for something of
 * outside, all that it could wake have leaked. */
// test: boards=virt-aarch64,virt-riscv64,mps2-an521 cores=1,4 check=0
// test: boards=virt-aarch64 cores=4 check=1
#pragma GCC optimize("no-inline")
#include <stdlib.h>
#include "sched/g.h"
#include "test.h"

enum { HIDDEN = -1 }; /* xor this, a pointer is none */

static uintptr_t hide(void *p)
{
	return (uintptr_t)p ^ HIDDEN;
}

static void *reveal(uintptr_t hidden)
{
	return (void *)(hidden ^ HIDDEN);
}

/* Returns when n goroutines wait. Looks only, so nobody is woken. */
static void await_waiting(unsigned n)
{
	unsigned waiting;

	do {
		go_yield();
		waiting = 0;
		for (struct g *g = g_next(0); g; g = g_next(g))
			waiting += g_why(g) > G_RUNNABLE;
	} while (waiting != n);
}

/* Each kind of limit, on what is known on this stack alone. */

static void receives(void)
{
	chan(int) c = chan_make(int, 0);

	check(chan_recv_for(c, NULL, sec(10)) == CHAN_NOT_READY);
	chan_free(c);
}

static void selects(void)
{
	chan(int) c = chan_make(int, 0), d = chan_make(int, 0);

	check(chan_select_for(sec(10), on_recv(c, NULL), on_send(d, 1)) == -1);
	chan_free(c);
	chan_free(d);
}

static void acquires(void)
{
	struct sema *s = calloc(1, sizeof(*s));

	check(!sema_acquire_for(s, 1, sec(10)));
	free(s);
}

static void sleeps(void)
{
	go_sleep(sec(10));
}

/* Of a timer that is known on this stack alone. */
static void awaits_timer(void)
{
	chan(go_time) c = go_after(sec(10));

	check(chan_recv(c, NULL));
	chan_free(c);
}

static void passes_on(void *c)
{
	chan_send((chan(int))c, 1);
}

/* What the timer calls brings it. The timer is hidden too. */
static void awaits_call(void)
{
	struct timer *t = calloc(1, sizeof(*t));
	chan(int) c = chan_make(int, 0);
	uintptr_t hidden;

	timer_after(t, sec(10), passes_on, c);
	hidden = hide(t);
	t = NULL;
	check(chan_recv(c, NULL));
	chan_free(c);
	free(reveal(hidden));
}

static void (*const limited[])(void) = {receives, selects,      acquires,
                                        sleeps,   awaits_timer, awaits_call};
enum { LIMITED = sizeof(limited) / sizeof(limited[0]) };

static void no_leaks(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < LIMITED; i++)
		go_with(go_attr(.stack = 4096), limited[i]);
	go_bubble_wait();
	check(go_leaks() == 0);
	go_sleep(sec(20));
	check(go_leaks() == 0);
}

/* What the leaks wait on is made first, in memory that no stale word leads to. */

static uintptr_t hidden_sema, hidden_mutex;

static void make_and_hide(struct waitgroup *wg)
{
	struct mutex *m = calloc(1, sizeof(*m));

	mutex_lock(m);
	hidden_mutex = hide(m);
	hidden_sema = hide(calloc(1, sizeof(struct sema)));
	wg_done(wg);
}

/* One leak among them. */

static void waits_for_ever(void)
{
	sema_acquire((struct sema *)reveal(hidden_sema), 1);
}

static void one_leak(void *unused)
{
	(void)unused;
	go(sleeps);
	go(waits_for_ever);
	go_bubble_wait();
	check(go_leaks() == 1);
	sema_release((struct sema *)reveal(hidden_sema), 1);
	go_bubble_wait();
	check(go_leaks() == 0);
}

/* A bubble whose clock stands still, because one of it waits for a mutex. */

static void locks(void)
{
	struct mutex *m = reveal(hidden_mutex);

	mutex_lock(m);
	mutex_unlock(m);
}

static void stands_still(void *unused)
{
	(void)unused;
	go(sleeps);
	go(receives);
	go(locks);
	go_sleep(sec(100));
}

static void bubble_that_stands_still(void)
{
	go_bubble(stands_still, NULL);
}

static void *volatile variable;

static void test_standing_still(void)
{
	go(bubble_that_stands_still);
	await_waiting(5);
	check(go_leaks() == 5); /* the keeper too */
	variable = reveal(hidden_mutex);
	check(go_leaks() == 0);
	mutex_unlock((struct mutex *)variable);
	while (go_count() > 1)
		go_yield();
	variable = NULL;
}

int main(void)
{
	struct waitgroup wg = {0};

	wg_add(&wg, 1);
	go_with(go_attr(.stack = 4096), make_and_hide, &wg);
	wg_wait(&wg);
	test_standing_still();
	go_bubble(one_leak, NULL);
	go_bubble(no_leaks, NULL);
	check(go_leaks() == 0);
	return test_done();
}

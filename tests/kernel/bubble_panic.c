/* What a bubble refuses, and how it says so.
 *
 * test: check=0 cores=4 args=deadlock expect=70 match="(?s)panic: deadlock: all goroutines of bubble 1 are asleep, and no timer of it runs\n.*goroutine \d+ .inside. .chan receive 0x[0-9a-f]+, \d+ ms, in bubble 1.*receives"
 * test: check=0 boards=virt-aarch64 cores=1 args=deadlock-sema expect=70 match="panic: deadlock: all goroutines of bubble 1 are asleep"
 * test: check=0 boards=virt-aarch64 cores=1 args=deadlock-select expect=70 match="(?s)panic: deadlock: all goroutines of bubble 1 are asleep.*.select 0x[0-9a-f]+, \d+ ms, in bubble 1."
 * test: check=0 boards=virt-aarch64 cores=1 args=deadlock-wait expect=70 match="panic: deadlock: all goroutines of bubble 1 are asleep"
 * test: check=0 boards=virt-aarch64 cores=1 args=deadlock-mutex expect=70 match="(?s)panic: deadlock: all 4 goroutines are asleep.*.mutex 0x[0-9a-f]+, \d+ ms, in bubble 1."
 * test: check=0 boards=virt-aarch64 cores=1 args=send expect=70 match="panic: chan: channel 0x[0-9a-f]+ was made in bubble 1, at .*, and is used outside: make it outside"
 * test: check=0 boards=virt-aarch64 cores=1 args=send-word expect=70 match="panic: chan: channel 0x[0-9a-f]+ was made in bubble 1"
 * test: check=0 boards=virt-aarch64 cores=1 args=recv expect=70 match="panic: chan: channel 0x[0-9a-f]+ was made in bubble 1"
 * test: check=0 boards=virt-aarch64 cores=1 args=select expect=70 match="panic: chan: channel 0x[0-9a-f]+ was made in bubble 1"
 * test: check=0 boards=virt-aarch64 cores=1 args=close expect=70 match="panic: chan: channel 0x[0-9a-f]+ was made in bubble 1"
 * test: check=0 boards=virt-aarch64 cores=1 args=timer expect=70 match="panic: chan: channel 0x[0-9a-f]+ was made in bubble 1"
 * test: check=0 boards=virt-aarch64 cores=2 args=done expect=70 match="panic: goroutine \d+ of bubble 1 waits .waitgroup., and goroutine \d+, which is not of that bubble, wakes it"
 * test: check=0 boards=virt-aarch64 cores=2 args=stop expect=70 match="panic: timer 0x[0-9a-f]+ was armed in a bubble, and is armed or stopped outside"
 * test: check=0 boards=virt-aarch64 cores=2 args=reset expect=70 match="panic: timer 0x[0-9a-f]+ was armed in a bubble, and is armed or stopped outside"
 * test: check=0 boards=virt-aarch64 cores=1 args=nested expect=70 match="panic: go_bubble in bubble 1: a bubble holds no other one"
 * test: check=0 boards=virt-aarch64 cores=1 args=wait-outside expect=70 match="panic: go_bubble_wait outside a bubble"
 * test: check=0 boards=virt-aarch64 cores=1 args=wait-twice expect=70 match="panic: go_bubble_wait: another goroutine of bubble 1 is in it already"
 * test: check=0 boards=virt-aarch64 cores=1 args=preempt-off expect=70 match="panic: go_bubble in an interrupt handler, after go_preempt_off"
 * test: check=0 boards=virt-aarch64 cores=1 args=sleep-off expect=70 match="panic: sleep after go_preempt_off"
 * test: check=0 boards=virt-aarch64 cores=1 args=recv-off expect=70 match="panic: chan receive after go_preempt_off"
 * test: check=0 boards=virt-aarch64 cores=1 args=yield-off expect=70 match="panic: go_yield after go_preempt_off"
 * test: check=0 boards=virt-aarch64 cores=1 args=end-off expect=70 match="panic: go_exit in an interrupt handler, after go_preempt_off"
 * test: check=0 boards=virt-aarch64 cores=1 args=closed expect=70 match="panic: chan: send on closed channel 0x[0-9a-f]+" */
#include <string.h>
#include "sched/g.h"
#include "test.h"

static const char *what;
static chan(int) c, other;
static chan(void *) words;
static struct waitgroup wg;
static struct timer timer;
static struct mutex mutex;

static bool is(const char *name)
{
	return !strcmp(what, name);
}

static void nothing(void *unused)
{
	(void)unused;
}

static void waits(void)
{
	go_bubble_wait();
}

static void receives(void)
{
	int x;

	go_name("inside");
	chan_recv(c, &x);
}

static void locks(void)
{
	mutex_lock(&mutex);
}

static void deadlocks(void)
{
	struct sema s = {0};
	int x;

	if (is("deadlock-sema"))
		sema_acquire(&s, 1);
	if (is("deadlock-select"))
		chan_select(on_recv(c, &x), on_send(other, 1), on_recv((chan(int))NULL, &x));
	if (is("deadlock-wait"))
		chan_recv(c, &x);
	if (is("deadlock-mutex")) {
		mutex_lock(&mutex);
		go(locks);
	}
	go(receives);
	receives();
}

static void waits_long(void)
{
	go_preempt_off();
	if (is("sleep-off"))
		go_sleep(sec(1));
	if (is("recv-off"))
		receives();
	if (is("yield-off"))
		go_yield();
	go_exit();
}

static void inside(void *unused)
{
	(void)unused;
	c = chan_make(int, 1);
	other = chan_make(int, 0);
	words = chan_make(void *, 1);
	if (strstr(what, "deadlock"))
		deadlocks();
	if (strstr(what, "-off"))
		waits_long();
	if (is("nested"))
		go_bubble(nothing, NULL);
	if (is("timer"))
		timer_reset(&timer, sec(1));
	if (is("wait-twice")) {
		go(waits);
		waits();
	}
	if (is("closed")) {
		chan_close(c);
		chan_send(c, 1);
	}
}

static void spins(void)
{
	for (;;)
		go_yield();
}

/* For an operation from outside while the bubble lives: the main goroutine is its keeper. */
static void stays(void *ready)
{
	wg_add(&wg, 1);
	timer_reset(&timer, sec(1));
	chan_send((chan(int))ready, 1);
	go(spins);
	if (is("done"))
		wg_wait(&wg);
}

/* Returns when a goroutine waits for a waitgroup. */
static void await_waiting(void)
{
	struct g *g;

	do {
		go_yield();
		for (g = g_next(0); g && g_why(g) != G_WAITGROUP;)
			g = g_next(g);
	} while (!g);
}

static void acts(chan(int) ready)
{
	int x;

	chan_recv(ready, &x);
	if (is("done")) {
		await_waiting();
		wg_done(&wg);
	} else if (is("stop")) {
		timer_stop(&timer);
	} else {
		timer_reset(&timer, sec(1));
	}
}

static void uses_outside(void)
{
	void *p;
	int x;

	if (is("send"))
		chan_send(c, 1);
	if (is("send-word"))
		chan_send(words, NULL);
	if (is("recv"))
		chan_recv(other, &x);
	if (is("select"))
		chan_select(on_recv(c, &x), on_recv(words, &p));
	if (is("close"))
		chan_close(c);
	if (is("timer"))
		chan_recv(timer.c, NULL);
}

int main(int argc, char **argv)
{
	what = argc > 1 ? argv[1] : "";
	if (is("wait-outside"))
		go_bubble_wait();
	if (is("preempt-off"))
		go_preempt_off();
	if (is("done") || is("stop") || is("reset")) {
		chan(int) ready = chan_make(int, 0);

		go(acts, ready);
		go_bubble(stays, ready);
	}
	go_bubble(inside, NULL);
	uses_outside();
	return 0;
}

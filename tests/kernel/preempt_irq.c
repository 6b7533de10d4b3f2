/* Goroutines that a device's interrupt readied run at once and in the order in which they were
 * readied, before the one that was interrupted goes on; with other cores, those may be faster.
 * Nothing that the handler sends is lost, and it does not wait for timers that are all due. */
// test: cores=1 icount=3
// test: cores=4
// test: cores=1 icount=3 args=due
// test: cores=1 icount=3 args=pinned
// test: cores=4 args=pinned
#include <string.h>
#include "base/atomic.h"
#include "base/config.h"
#include "sched/core.h"
#include "device.h"
#include "test.h"

enum { ROUNDS = 200, WAITERS = 3, SLEEPERS = 64 };

static struct waitgroup done;
static chan(unsigned) to[WAITERS];
static unsigned order[WAITERS], arrived; /* atomic */
static volatile unsigned round_no;

static void handler(void *arg)
{
	(void)arg;
	device_drop();
	for (unsigned i = 0; i < WAITERS; i++)
		if (chan_try_send(to[i], round_no) != CHAN_OK)
			check(!"a waiting receiver takes what a handler sends");
}

static void waiter(unsigned i)
{
	unsigned v, expected = 1;

	while (chan_recv(to[i], &v)) {
		check(v == expected++);
		order[fetch_add_relaxed(&arrived, 1)] = i;
	}
	wg_done(&done);
}

static unsigned wait_count(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < WAITERS; i++)
		n += load_relaxed(&((struct channel *)to[i])->receivers.first) != 0;
	return n;
}

/* Alone on its core, this one is interrupted within a few instructions, and nobody else can run
 * the others. */
static void in_order(unsigned spins)
{
	if (spins > 100000)
		check(!"those readied by an interrupt run at once");
	for (unsigned i = 0; i < WAITERS; i++)
		if (order[i] != i)
			check(!"in the order in which they were readied");
}

static void raise_all(void)
{
	for (round_no = 1; round_no <= ROUNDS; round_no++) {
		unsigned spins = 0;

		go_sleep(us(50)); /* all of them wait again */
		while (wait_count() != WAITERS)
			go_yield();
		store_relaxed(&arrived, 0);
		device_raise();
		while (load_relaxed(&arrived) != WAITERS)
			spins++;
		/* which puts off preemptions and has tiny rings */
		if (go_cores() == 1 && !CONFIG_CHECK)
			in_order(spins);
	}
	check(true);
	irq_detach(DEVICE_LINE);
	for (unsigned i = 0; i < WAITERS; i++)
		chan_close(to[i]);
	wg_done(&done);
}

static go_time when;
static unsigned sleep_still;

static void sleeper(void)
{
	go_sleep(when - go_now());
	wg_done(&done);
}

static void look(void *arg)
{
	(void)arg;
	device_drop();
	sleep_still = load_relaxed(&cores[0].timers.n);
}

/* An interrupt expires one timer, and a device's line may be asked for behind that one. */
static void before_those_due(void)
{
	unsigned long was;

	when = go_now() + ms(20);
	wg_add(&done, SLEEPERS);
	for (unsigned i = 0; i < SLEEPERS; i++)
		go(sleeper);
	go_sleep(ms(10));
	check(load_relaxed(&cores[0].timers.n) == SLEEPERS);
	irq_attach(DEVICE_LINE, look, 0, 0);
	was = arch_irq_off();
	device_raise();
	while (go_now() < when + ms(1))
		;
	arch_irq_restore(was);
	wg_wait(&done);
	kprintf("%u of %u still slept\n", sleep_still, SLEEPERS);
	check(sleep_still >= SLEEPERS - 1);
}

int main(int argc, char **argv)
{
	int core = argc > 1 && !strcmp(argv[1], "pinned") ? 0 : GO_ANY_CORE;

	kprintf("the device has sent something\n");
	if (argc > 1 && !strcmp(argv[1], "due")) {
		before_those_due();
		return test_done();
	}
	wg_add(&done, WAITERS + 1);
	for (unsigned i = 0; i < WAITERS; i++) {
		to[i] = chan_make(unsigned, 0);
		go_with(go_attr(.core = core), waiter, i);
	}
	irq_attach(DEVICE_LINE, handler, 0, 0);
	go_with(go_attr(.core = core), raise_all);
	wg_wait(&done);
	return test_done();
}

/* Timers that call a function: in the order of their moments, each once unless it starts itself again,
 * whatever it does then; and after a cancel, from whichever core, none is called any more. */
// test: cores=1,4 check=0,1
#include <string.h>
#include "base/atomic.h"
#include "base/clock.h"
#include "sched/core.h"
#include "sched/timer.h"
#include "test.h"

enum { MANY = 200, TIMES = 500, ROUNDS = 2000 };

static uint64_t after(go_time t)
{
	return board_clock() + clock_ticks(t);
}

/* In order, and as a handler: a waiting goroutine is readied, and none may be waited for. */

static struct order {
	struct timer_node timer; /* first: leads to its order */
	int i;
} orders[MANY];
static chan(int) called;
static int last;

static void note(struct timer_node *timer)
{
	struct order *o = (struct order *)timer;

	check(o->i == last + 1 && board_clock() >= timer->when);
	last = o->i;
	check(arch_core()->slow & HANDLING && arch_self() == &arch_core()->idle);
	check(chan_try_send(called, o->i) == CHAN_OK);
}

/* They lie in the heap of one core. */
static void start_in_order(void)
{
	unsigned long was = arch_irq_off();
	uint64_t start = after(ms(2));

	for (int i = 0; i < MANY; i++) {
		int k = i * 77 % MANY; /* each once, as 77 and MANY have no divisor in common */

		orders[k].i = k + 1;
		timer_call(&orders[k].timer, note, start + k);
	}
	arch_irq_restore(was);
}

static void in_order(void)
{
	called = chan_make(int, MANY);
	start_in_order();
	for (int i = 1, v; i <= MANY; i++)
		check(chan_recv(called, &v) && v == i);
	chan_free(called);
}

/* One that starts itself again. */

static struct timer_node periodic;
static uint32_t times; /* atomic */

static void again(struct timer_node *timer)
{
	if (fetch_add_relaxed(&times, 1) + 1 < TIMES)
		timer_call(timer, again, timer->when + clock_ticks(us(20)));
}

static void starts_itself(void)
{
	unsigned long was = arch_irq_off();

	timer_call(&periodic, again, after(us(20)));
	arch_irq_restore(was);
	while (load_relaxed(&times) < TIMES)
		go_yield();
	go_sleep(us(100));
	check(load_relaxed(&times) == TIMES);
	check(periodic.place == TIMER_OUT);
}

/* Cancelled around its moment by a goroutine that then uses its memory for something else. */

static struct victim {
	struct timer_node timer;
	uint32_t is_gone, runs; /* atomic */
} victim;
static uint32_t calls; /* atomic */

static void must_be_there(struct timer_node *timer)
{
	struct victim *v = (struct victim *)timer;

	store_relaxed(&v->runs, 1);
	for (int i = 0; i < 500; i++) {
		check(load_relaxed(&v->is_gone) == 0);
		arch_relax();
	}
	store_relaxed(&v->runs, 0);
	fetch_add_relaxed(&calls, 1);
}

static void start_victim(go_time t, chan(bool) started)
{
	unsigned long was = arch_irq_off();

	timer_call(&victim.timer, must_be_there, after(t));
	arch_irq_restore(was);
	chan_send(started, true);
}

static void cancel_it(void)
{
	unsigned long was = arch_irq_off();

	timer_cancel(&victim.timer);
	arch_irq_restore(was);
	check(load_relaxed(&victim.runs) == 0);
	store_relaxed(&victim.is_gone, 1);
}

static void cancelled(void)
{
	chan(bool) started = chan_make(bool, 0);
	unsigned n = 0;

	for (int i = 0; i < ROUNDS; i++) {
		memset(&victim, 0, sizeof(victim));
		go_with(go_attr(.core = i % (int)go_cores()), start_victim, us(1 + i % 30),
		        started);
		chan_recv(started, NULL);
		if (i % 3 == 1) /* while it runs, if that is on another core */
			while (!load_relaxed(&victim.runs) && !load_relaxed(&calls))
				arch_relax();
		else if (i % 3 == 2)
			go_sleep(us(i % 20));
		cancel_it();
		n += load_relaxed(&calls);
		store_relaxed(&calls, 0);
		go_yield();
		check(load_relaxed(&calls) == 0);
	}
	kprintf("%u of %u called\n", n, ROUNDS);
	check(n > 0 && n < ROUNDS);
	cancel_it(); /* of one that is in no heap */
	chan_free(started);
}

/* One that starts itself again for ever is cancelled all the same. */

static uint32_t endless_calls; /* atomic */

static void endless(struct timer_node *timer)
{
	fetch_add_relaxed(&endless_calls, 1);
	timer_call(timer, endless,
	           after(us(50))); /* a busy host would never be back in time for its moment */
}

static void start_endless(struct timer_node *timer)
{
	unsigned long was = arch_irq_off();

	timer_call(timer, endless, after(us(50)));
	arch_irq_restore(was);
}

static void cancelled_while_it_starts_itself(void)
{
	for (int i = 0; i < TIMES; i++) {
		struct timer_node timer = {0};
		uint32_t before = load_relaxed(&endless_calls), then;
		unsigned long was;

		go_with(go_attr(.core = i % (int)go_cores()), start_endless, &timer);
		while (load_relaxed(&endless_calls) == before)
			go_yield();
		was = arch_irq_off();
		timer_cancel(&timer);
		arch_irq_restore(was);
		then = load_relaxed(&endless_calls);
		check(timer.place == TIMER_OUT);
		go_sleep(us(120));
		check(load_relaxed(&endless_calls) == then);
	}
}

int main(void)
{
	cancelled_while_it_starts_itself();
	in_order();
	starts_itself();
	cancelled();
	return test_done();
}

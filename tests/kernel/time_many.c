/* A hundred thousand armed timers: each fires once, in order, and none late by more than 50 us while the
 * core computes. Then they are gone, and their memory with them. On four cores it is ten thousand, or as
 * many as there is room for, whose functions run beside a hog on each core. */
// test: boards=virt-aarch64,virt-riscv64,virt-riscv32 cores=1 check=0 icount=3
// test: cores=4 args=any limit=180
#include <stdlib.h>
#include "base/atomic.h"
#include "room.h"
#include "sched/core.h"
#include "test.h"

enum { MANY = 100000, GAP = 30 };

static struct waiting {
	struct timer timer;
	go_time when;
} * all;
static int n;
static bool exact; /* under exact replay nothing but the kernel makes a timer late */
static uint32_t over, fired, loops; /* atomic */

static void hog(void)
{
	while (!load_relaxed(&over))
		fetch_add_relaxed(&loops, 1);
}

static void fire(void *arg)
{
	struct waiting *w = arg;

	check(go_now() >= w->when);
	w->when = INT64_MAX; /* it fires once */
	fetch_add_relaxed(&fired, 1);
}

/* Under exact replay each sends the time at which it fires. A preemption between the look at the clock and
 * the reset would make it late. */
static void arm(struct waiting *w)
{
	go_preempt_off();
	if (exact)
		timer_reset(&w->timer, w->when - go_now());
	else
		timer_after(&w->timer, w->when - go_now(), fire, w);
	go_preempt_on();
}

static void all_on_time(void)
{
	go_time latest = 0, before = 0, v, late;

	go_sleep(all[n - 1].when + ms(1) - go_now());
	for (int i = 0; i < n; i++) {
		check(chan_try_recv(all[i].timer.c, &v) == CHAN_OK && v > before);
		before = v;
		late = v - all[i].when;
		check(late >= 0 && late <= us(50));
		latest = late > latest ? late : latest;
	}
	kprintf("%d timers, the latest by %lld ns\n", n, (long long)latest);
}

static void all_called(void)
{
	while (load_relaxed(&fired) < (unsigned)n)
		go_sleep(ms(10));
	go_sleep(ms(10));
	check(fired == (unsigned)n);
	for (int i = 0; i < n; i++)
		check(all[i].when == INT64_MAX);
}

/* 7919 is prime, and n no multiple of it: each once. */
static void arm_all(go_time lead)
{
	go_time start = go_now() + lead;

	for (int i = 0; i < n; i++) {
		struct waiting *w = &all[(int64_t)i * 7919 % n];

		w->when = start + us(GAP) * (w - all);
		arm(w);
	}
}

static unsigned armed(void)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < go_cores(); i++)
		sum += load_relaxed(&cores[i].timers.n);
	return sum;
}

/* No timer fires after its owner is gone: all of these are stopped, reset and stopped again, and none of
 * them was called. */
static void stop_all(void)
{
	uint32_t so_far = fired;

	arm_all(sec(1000));
	check(armed() >= (unsigned)n);
	for (int i = 0; i < n; i++)
		check(timer_reset(&all[i].timer, sec(2000) - us(i)));
	for (int i = n - 1; i >= 0; i--)
		check(timer_stop(&all[i].timer));
	check(fired == so_far);
}

int main(int argc, char **argv)
{
	unsigned before_armed;

	(void)argv;
	exact = argc == 1;
	n = exact ? MANY : room_for(MANY / 5) / 2; /* the other half of the room is the timers' */
	all = calloc(n, sizeof(*all));
	check(all);
	for (unsigned i = 0; i < go_cores(); i++)
		go_with(go_attr(.core = (int)i), hog);
	before_armed = armed();
	arm_all(ms(exact ? 1500 : 200));
	exact ? all_on_time() : all_called();
	for (int i = 0; i < n; i++)
		check(!timer_stop(&all[i].timer));
	check(loops > 0);
	stop_all();
	store_relaxed(&over, 1);
	check(armed() <= before_armed + 1);
	while (go_count() > 1)
		go_sleep(ms(1));
	free(all);
	return test_done();
}

/* go_maxprocs, up and down under load: returns the value before, holds when it returns, and what
 * is pinned still runs. */
// test: cores=1,2,4,8
#include "base/atomic.h"
#include "sched/core.h"
#include "test.h"

enum { HOGS = 3 }; /* a go_yield at limit 1 takes a slice of each */

static struct waitgroup done;
static unsigned long ran[CONFIG_CORES]; /* atomic: turns of the load on each core */
static bool over;                       /* atomic */

static void count_turn(void)
{
	unsigned long was = arch_irq_off();

	fetch_add_relaxed(&ran[arch_core()->index], 1);
	arch_irq_restore(was);
}

static void hog(void)
{
	while (!load_relaxed(&over))
		count_turn();
	wg_done(&done);
}

static void yielder(void)
{
	while (!load_relaxed(&over)) {
		count_turn();
		go_yield();
	}
	wg_done(&done);
}

static void sleeper(void)
{
	while (!load_relaxed(&over)) {
		count_turn();
		go_sleep(us(500));
	}
	wg_done(&done);
}

static unsigned long turns(unsigned from, unsigned to)
{
	unsigned long sum = 0;

	for (unsigned i = from; i < to; i++)
		sum += load_relaxed(&ran[i]);
	return sum;
}

/* No core from n on has taken a turn since; the others have. */
static void holds(unsigned n)
{
	unsigned long beyond = turns(n, go_cores()), below = turns(0, n);
	go_time start = go_now();

	for (unsigned i = n; i < go_cores(); i++)
		check(!cores[i].g);
	while (go_now() - start < ms(3) || turns(0, n) == below)
		go_yield();
	check(turns(n, go_cores()) == beyond);
}

/* Every core comes back to work. */
static void all_work(void)
{
	for (unsigned i = 0; i < go_cores(); i++)
		for (unsigned long before = load_relaxed(&ran[i]); load_relaxed(&ran[i]) == before;)
			go_yield();
	check(true);
}

static void pinned(void)
{
	wg_done(&done);
}

static void pinned_hog(uint32_t *turns)
{
	while (!load_relaxed(&over))
		fetch_add_relaxed(turns, 1);
	wg_done(&done);
}

/* Two that are pinned to one core beyond the limit share it: else this does not end. */
static void share(void)
{
	static uint32_t turns[2];

	check(go_maxprocs(1) == go_cores());
	wg_add(&done, 2);
	for (unsigned i = 0; i < 2; i++)
		go_with(go_attr(.core = (int)go_cores() - 1), pinned_hog, &turns[i]);
	for (unsigned i = 0; i < 4; i++)
		for (uint32_t before = load_relaxed(&turns[i % 2]);
		     load_relaxed(&turns[i % 2]) == before;)
			go_sleep(ms(1));
}

int main(void)
{
	unsigned n = go_cores(), now;

	check(go_maxprocs(0) == n);
	wg_add(&done, 3 * HOGS);
	for (unsigned i = 0; i < HOGS; i++) {
		go(hog);
		go(yielder);
		go(sleeper);
	}
	now = n;
	for (unsigned limit = n; limit >= 1; limit = limit == 1 ? 0 : limit / 2) {
		check(go_maxprocs(limit) == now);
		check(go_maxprocs(0) == limit);
		now = limit;
		holds(limit);
	}
	for (unsigned i = 0; i < n; i++) { /* also there */
		wg_add(&done, 1);
		go_with(go_attr(.core = (int)i), pinned);
	}
	check(go_maxprocs(1000) == 1);
	check(go_maxprocs(0) == n);
	all_work();
	for (unsigned i = 0; i < 4; i++) {
		check(go_maxprocs(1) == n);
		check(go_maxprocs(n) == 1);
	}
	all_work();
	share();
	store_relaxed(&over, true);
	wg_wait(&done);
	return test_done();
}

/* Under exact replay: what interrupts ready takes from others no more than its turn. Many that are
 * due at once take longer than a slice to be put in order, and the first of them, which never
 * waits, is preempted at the end of its slice all the same, and not before its first instruction.
 * One that is pinned goes on after an interrupt as one that is not. */
// test: cores=1 icount=3 without=sifive-u
#include "base/clock.h"
#include "sched/core.h"
#include "room.h"
#include "test.h"

enum { MANY = 200 };

static struct waitgroup done;
static volatile unsigned ran, first;
static unsigned many;
static go_time origin;

static void due(unsigned i)
{
	go_sleep(origin + 400 * i - go_now());
	if (ran++ == 0) {
		go_time start = go_now();

		first = i;
		while (ran == 1 && go_now() - start < ms(500))
			;
		check(ran > 1);
	}
	wg_done(&done);
}

static void wake_many(bool busy)
{
	origin = go_now() + ms(20);
	ran = 0;
	wg_add(&done, many);
	for (unsigned i = 0; i < many; i++)
		go(due, i);
	while (busy && ran < many)
		if (go_now() < origin - ms(5))
			go_yield();
	wg_wait(&done);
	check(first == 0);
}

static volatile bool stop;
static volatile uint64_t steps;

static void hog(void)
{
	while (!stop)
		steps++;
	wg_done(&done);
}

static void yielder(void)
{
	while (!stop) {
		for (go_time start = go_now(); go_now() - start < us(20);)
			;
		go_yield();
	}
	wg_done(&done);
}

static void ticker(void)
{
	while (!stop)
		go_sleep(us(100));
	wg_done(&done);
}

/* Of a hog on that core, or any, beside two that yield and one that interrupts it. */
static uint64_t steps_in(go_time time, int core)
{
	stop = false;
	steps = 0;
	wg_add(&done, 4);
	go_with(go_attr(.core = core), hog);
	go(yielder);
	go(yielder);
	go(ticker);
	go_sleep(time);
	stop = true;
	wg_wait(&done);
	return steps;
}

static void pinned_turns(void)
{
	uint64_t usual = steps_in(ms(50), GO_ANY_CORE), pinned = steps_in(ms(50), 0);

	kprintf("%u steps in 50 ms, pinned %u\n", (unsigned)usual, (unsigned)pinned);
	check(pinned > usual / 2);
}

int main(void)
{
	cores[0].slice = clock_ticks(us(200));
	cores[0].enough = cores[0].slice - cores[0].least;
	many = room_for(MANY);
	wake_many(false);
	wake_many(true);
	pinned_turns();
	return test_done();
}

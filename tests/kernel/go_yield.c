/* go_yield lets the others run in turn: on one core, nobody is a round ahead of anybody for long,
 * and no yield comes back before somebody has run, wherever the others wait. */
// test: cores=1 check=0
// test: cores=4
#include "base/atomic.h"
#include "room.h"
#include "test.h"

enum { GOROUTINES = 8, YIELDS = 5000 };

static struct waitgroup done;
static unsigned turns[GOROUTINES], worst;
static bool started; /* atomic */

static unsigned behind(unsigned mine)
{
	unsigned most = 0;

	for (unsigned i = 0; i < GOROUTINES; i++) {
		unsigned theirs = load_relaxed(&turns[i]);

		if (theirs < mine && mine - theirs > most)
			most = mine - theirs;
	}
	return most;
}

static void yielder(unsigned i)
{
	while (!load_relaxed(&started))
		go_yield();
	while (turns[i] < YIELDS) {
		store_relaxed(&turns[i], turns[i] + 1);
		if (turns[i] < YIELDS / 2 && behind(turns[i]) > worst)
			worst = behind(turns[i]);
		go_yield();
	}
	wg_done(&done);
}

static void count_one(unsigned *ran)
{
	++*ran;
}

/* More than the core's ring holds, so that some wait in the global queue. */
static void crowd(void)
{
	unsigned ran = 0, n = room_for(1000), in_vain = 0;

	for (unsigned i = 0; i < n; i++)
		go(count_one, &ran);
	while (ran < n) {
		unsigned before = ran;

		go_yield();
		in_vain += ran == before;
	}
	kprintf("%u in vain of %u\n", in_vain, n);
	check(in_vain == 0);
}

int main(void)
{
	if (go_cores() == 1)
		crowd();
	wg_add(&done, GOROUTINES);
	for (unsigned i = 0; i < GOROUTINES; i++)
		go(yielder, i);
	store_relaxed(&started, true);
	wg_wait(&done);
	for (unsigned i = 0; i < GOROUTINES; i++)
		check(turns[i] == YIELDS);
	kprintf("%u turns behind at most\n", worst);
	if (go_cores() == 1) /* one that was preempted waits in the global queue: 61 picks */
		check(worst <= 2 + 61 / (GOROUTINES - 1) * 2);
	return test_done();
}

/* One goroutine sleeps for some microseconds, over and over, and hands each of the others something
 * to do now and then. They have no timer, so their cores look whether anybody can be woken at all
 * when they go to sleep again, just when that one timer rings and its goroutine sets the next. A
 * wrong answer ends the program as a deadlock. Pinned to a core each, and free. */
// test: cores=2,4
#include "stress.h"

enum { ROUNDS = 4, NAPS = 1500, RECEIVERS = 3 };

static struct waitgroup all;
static chan(uint32_t) work[RECEIVERS];

static void sleeper(uint32_t receivers)
{
	struct chance c = chance_of(0);

	for (uint32_t n = 0; n < NAPS; n++) {
		if (below(&c, 2))
			chan_send(work[below(&c, receivers)], n);
		go_sleep(us(1 + below(&c, 40)));
	}
	for (uint32_t i = 0; i < receivers; i++)
		chan_close(work[i]);
	wg_done(&all);
}

static void receiver(uint32_t i)
{
	uint32_t least = 0;

	for (uint32_t n; chan_recv(work[i], &n); least = n + 1)
		must(n >= least);
	wg_done(&all);
}

static void round_of_naps(void)
{
	bool pinned = stress_round % 2 == 0;
	uint32_t receivers = go_cores() - 1 < RECEIVERS ? go_cores() - 1 : RECEIVERS;

	wg_add(&all, (int)receivers + 1);
	for (uint32_t i = 0; i < receivers; i++) {
		work[i] = chan_make(uint32_t, 0);
		go_with(go_attr(.core = pinned ? (int)i + 1 : GO_ANY_CORE), receiver, i);
	}
	go_with(go_attr(.core = pinned ? 0 : GO_ANY_CORE), sleeper, receivers);
	wg_wait(&all);
	for (uint32_t i = 0; i < receivers; i++)
		chan_free(work[i]);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	must(go_cores() > 1);
	stress_rounds(ROUNDS, round_of_naps);
	return stress_end(RECEIVERS + 1);
}

// test: icount=none cores=2
/* How many times faster two cores run goroutines of 1000 steps of a random number generator each
 * than one core does: the best of several turns each, in one run. Wall-clock time: on an idle host
 * with two cores or more. */
#include "bench.h"

enum { TASKS = 1000, BATCHES = 50, STEPS = 1000, TURNS = 7 };
static volatile uint64_t sink;

static void task(uint64_t x, struct waitgroup *wg)
{
	for (int i = 0; i < STEPS; i++)
		x = x * 6364136223846793005 + 1442695040888963407;
	sink = x;
	wg_done(wg);
}

static go_time turn(unsigned cores_used)
{
	struct waitgroup wg = {0};
	go_time start;

	go_maxprocs(cores_used);
	start = go_now();
	for (int batch = 0; batch < BATCHES; batch++) {
		wg_add(&wg, TASKS);
		for (uint64_t i = 0; i < TASKS; i++)
			go(task, i, &wg);
		wg_wait(&wg);
	}
	return go_now() - start;
}

int main(void)
{
	go_time best[3] = {0, GO_FOREVER, GO_FOREVER};

	for (int i = 0; i < TURNS; i++)
		for (unsigned n = 1; n <= 2; n++) {
			go_time took = turn(n);

			best[n] = took < best[n] ? took : best[n];
		}
	kprintf("speed-up\t%lld.%02lld\n", (long long)(best[1] / best[2]),
	        (long long)(best[1] * 100 / best[2] % 100));
}

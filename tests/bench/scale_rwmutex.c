// test: icount=none cores=4
/* How many times more often goroutines read-lock one rwmutex on two cores, and on four, than on one,
 * in the same time: the best of several turns each, in one run. Beside it the same of one counter that
 * all cores write, which is what a rwmutex with one count of readers would do. Wall-clock time: on an
 * idle host with as many cores. */
#include "bench.h"

enum { TURNS = 5, PAIRS = 200000 };
static struct rwmutex rw;
static uint32_t shared; /* atomic */

static void read(bool counts, struct waitgroup *wg)
{
	for (int i = 0; i < PAIRS; i++) {
		if (counts) {
			__atomic_fetch_add(&shared, 1, __ATOMIC_ACQUIRE);
			__atomic_fetch_sub(&shared, 1, __ATOMIC_RELEASE);
		} else {
			rwmutex_rlock(&rw);
			rwmutex_runlock(&rw);
		}
	}
	wg_done(wg);
}

/* Each core reads as often, so n cores in the time of one are n times as fast. */
static go_time turn(unsigned n, bool counts)
{
	struct waitgroup wg = {0};
	go_time start = go_now();

	wg_add(&wg, (int)n);
	for (unsigned core = 0; core < n; core++)
		go_with(go_attr(.core = (int)core), read, counts, &wg);
	wg_wait(&wg);
	return go_now() - start;
}

static void scale(const char *operation, unsigned n, bool counts)
{
	go_time best[2] = {GO_FOREVER, GO_FOREVER};

	for (int i = 0; i < TURNS; i++)
		for (int many = 0; many < 2; many++) {
			go_time took = turn(many ? n : 1, counts);

			best[many] = took < best[many] ? took : best[many];
		}
	kprintf("%s-%u\t%lld.%02lld\n", operation, n, (long long)(n * best[0] / best[1]),
	        (long long)(n * best[0] * 100 / best[1] % 100));
}

int main(void)
{
	for (unsigned n = 2; n <= go_cores(); n *= 2) {
		scale("readers", n, false);
		scale("one-counter", n, true);
	}
}

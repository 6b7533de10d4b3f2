/* skein.maxprocs=n, which make run has as GOMAXPROCS=n: from the start n cores run goroutines, until go_maxprocs
 * says otherwise. More than there are cores means all. */
// test: cores=1,4 check=0 args=4
// test: cores=2,4 check=0,1 args="1 skein.maxprocs=1"
// test: cores=4 check=0 args="3 skein.maxprocs=3"
// test: cores=2,4 check=0 args="4 skein.maxprocs=4000000000"
#include <stdlib.h>
#include "sched/core.h"
#include "test.h"

enum { WORKERS = 40 };
static struct waitgroup done;
static uint32_t seen; /* atomic: of each core that ran a worker, a bit */

static void worker(void)
{
	for (go_time end = go_now() + ms(2); go_now() < end;) {
		unsigned long was = arch_irq_off();

		__atomic_fetch_or(&seen, 1u << arch_core()->index, __ATOMIC_RELAXED);
		arch_irq_restore(was);
	}
}

static uint32_t cores_that_run(void)
{
	__atomic_store_n(&seen, 0, __ATOMIC_RELAXED);
	for (int i = 0; i < WORKERS; i++)
		wg_go(&done, worker);
	wg_wait(&done);
	return __atomic_load_n(&seen, __ATOMIC_RELAXED);
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? atoi(argv[1]) : 0, count = go_cores();
	uint32_t all = (1u << count) - 1, ran = 0;

	n = n < count ? n : count;
	check(go_maxprocs(0) == n);
	check((cores_that_run() & ~((1u << n) - 1)) == 0);
	check(go_maxprocs(count) == n);
	for (go_time end = go_now() + sec(5); ran != all && go_now() < end;)
		ran = cores_that_run();
	check(ran == all);
	return test_done();
}

/* Two that never wait and are pinned to a core do not keep it from one that is not pinned, nor
 * the other way round. */
// test: cores=1 check=0,1 icount=3
#include "atomic.h"
#include "test.h"

static struct waitgroup done;
static uint32_t stop; /* atomic */

static void spin(void)
{
	while (!load_relaxed(&stop))
		;
	wg_done(&done);
}

/* Hangs if it does not get its turns. */
static void compute(void)
{
	go_time start = go_now();
	unsigned laps = 0;

	while (go_now() - start < ms(100))
		laps++;
	check(laps > 1000);
}

static void compute_pinned(struct waitgroup *computed)
{
	compute();
	wg_done(computed);
}

int main(void)
{
	struct waitgroup computed = {0};

	wg_add(&done, 2);
	go_with(go_attr(.core = 0), spin);
	go_with(go_attr(.core = 0), spin);
	compute();
	store_relaxed(&stop, 1);
	wg_wait(&done);

	store_relaxed(&stop, 0);
	wg_add(&done, 2);
	go(spin);
	go(spin);
	wg_add(&computed, 1);
	go_with(go_attr(.core = 0), compute_pinned, &computed);
	wg_wait(&computed);
	store_relaxed(&stop, 1);
	wg_wait(&done);
	return test_done();
}

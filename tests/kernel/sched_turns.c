/* Two that never wait do not keep a core from a third, whether those two are pinned to it, the third,
 * all or none. */
// test: cores=1 check=0,1 icount=3
#include "base/atomic.h"
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

static void compute_for(struct waitgroup *computed)
{
	compute();
	wg_done(computed);
}

static void beside(int spinners, int computer)
{
	struct waitgroup computed = {0};

	store_relaxed(&stop, 0);
	wg_add(&done, 2);
	go_with(go_attr(.core = spinners), spin);
	go_with(go_attr(.core = spinners), spin);
	wg_add(&computed, 1);
	go_with(go_attr(.core = computer), compute_for, &computed);
	wg_wait(&computed);
	store_relaxed(&stop, 1);
	wg_wait(&done);
}

int main(void)
{
	beside(0, GO_ANY_CORE);
	beside(GO_ANY_CORE, 0);
	beside(0, 0);
	beside(GO_ANY_CORE, GO_ANY_CORE);
	return test_done();
}

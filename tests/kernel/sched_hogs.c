/* Hogs do not starve others: four of them and 100 goroutines made on one core, which all finish;
 * and one that timers interrupt all the time still gives way when its slice is over. */
// test: cores=1,4 check=0 args=pinned
// test: cores=1,4 check=1 icount=3 args=pinned
// test: cores=1 check=0
// test: cores=1 check=1 icount=3
#include "base/atomic.h"
#include "test.h"

static struct waitgroup done, hogs;
static bool over; /* atomic */

static void hog(void)
{
	while (!load_relaxed(&over))
		;
	wg_done(&hogs);
}

static void short_one(void)
{
	go_yield();
	wg_done(&done);
}

static void all_finish(void)
{
	wg_add(&hogs, 4);
	for (unsigned i = 0; i < 4; i++)
		go(hog);
	wg_add(&done, 100);
	for (unsigned i = 0; i < 100; i++)
		go(short_one);
	wg_wait(&done);
	check(!load_relaxed(&over));
	store_relaxed(&over, true);
	wg_wait(&hogs);
}

/* Sleeps for less than an interrupt takes: its timer is due again at the end of any slice. */
static void pest(void)
{
	while (!load_relaxed(&over))
		go_sleep(us(5));
	wg_done(&hogs);
}

static void behind(void)
{
	go_yield(); /* the hog is before it */
	wg_done(&done);
}

/* All but the hog on that core, or anywhere. */
static void pestered(int core)
{
	store_relaxed(&over, false);
	wg_add(&hogs, 3);
	wg_add(&done, 4);
	go_with(go_attr(.core = core), pest);
	go_with(go_attr(.core = core), pest);
	go(hog);
	for (unsigned i = 0; i < 4; i++)
		go_with(go_attr(.core = core), behind);
	wg_wait(&done);
	check(!load_relaxed(&over));
	store_relaxed(&over, true);
	wg_wait(&hogs);
}

int main(int argc, char **argv)
{
	(void)argv;
	all_finish();
	pestered(argc > 1 ? 0 : GO_ANY_CORE);
	return test_done();
}

/* go_preempt_off holds, nests, and go_preempt_on lets those in who had to wait; calls that do
 * not wait work meanwhile. On one core all of it holds for goroutines that are not pinned, too. */
// test: icount=3 cores=1,4 args=pinned
// test: icount=3 cores=1
#include "base/atomic.h"
#include "arch.h"
#include "sched/g.h"
#include "test.h"

static struct waitgroup done;
static unsigned turns; /* atomic */
static bool over;      /* atomic */

static void pest(void)
{
	while (!load_relaxed(&over)) {
		go_sleep(us(50));
		fetch_add_relaxed(&turns, 1);
	}
	wg_done(&done);
}

static void spin(go_time t)
{
	for (go_time start = go_now(); go_now() - start < t;)
		;
}

/* Once it has given way, nobody waits any more: nothing happens. */
static void quiet(void)
{
	for (unsigned i = 0; i < 20; i++) {
		uint64_t before;

		go_preempt_off();
		spin(us(200)); /* the pest is due */
		go_preempt_on();
		check(!arch_self()->preempt_pending);
		before = go_stats_read().core[0].switches;
		for (unsigned j = 0; j < 20; j++) {
			go_preempt_off();
			go_preempt_on();
		}
		check(go_stats_read().core[0].switches < before + 10);
	}
}

static void alone(void)
{
	chan(int) c = chan_make(int, 1);
	unsigned before, v = 0;

	while (load_relaxed(&turns) < 10)
		; /* the pest comes in between */
	for (unsigned i = 0; i < 5; i++) {
		go_preempt_off();
		before = load_relaxed(&turns);
		spin(ms(1));
		go_preempt_off();
		spin(ms(1));
		check(chan_try_send(c, 7) == CHAN_OK && chan_try_recv(c, (int *)&v) == CHAN_OK &&
		      v == 7);
		check(load_relaxed(&turns) == before);
		go_preempt_on();
		spin(ms(1));
		check(load_relaxed(&turns) == before);
		go_preempt_on();
		check(load_relaxed(&turns) != before);
	}
	quiet();
	chan_free(c);
	store_relaxed(&over, true);
	wg_done(&done);
}

int main(int argc, char **argv)
{
	(void)argv;
	wg_add(&done, 2);
	go_with(go_attr(.core = argc > 1 ? 0 : GO_ANY_CORE), pest);
	go_with(go_attr(.core = argc > 1 ? 0 : GO_ANY_CORE), alone);
	wg_wait(&done);
	return test_done();
}

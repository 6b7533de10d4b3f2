/* go_preempt_off holds, nests, and go_preempt_on lets those in who had to wait; calls that do
 * not wait work meanwhile. */
// test: icount=3 cores=1,4
#include "atomic.h"
#include "arch.h"
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
	go_preempt_off(); /* nobody waits: nothing happens */
	go_preempt_on();
	chan_free(c);
	store_relaxed(&over, true);
	wg_done(&done);
}

int main(void)
{
	wg_add(&done, 2);
	go_with(go_attr(.core = 0), pest);
	go_with(go_attr(.core = 0), alone);
	wg_wait(&done);
	return test_done();
}

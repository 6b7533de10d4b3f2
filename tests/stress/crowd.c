/* Ten thousand goroutines, or as many as there is room for, at one thing: waiting on a channel that
 * is closed, on a waitgroup, on one value each, in selects over the same two channels: each is woken
 * once. */
#include "stress.h"

enum { ROUNDS = 2, MOST = 10000 };

static unsigned crowd;
static chan(uint32_t) gate, values;
static struct waitgroup here, over;
static uint32_t heard, sum;

static void at_gate(void)
{
	uint32_t v = 1;

	wg_done(&here);
	must(!chan_recv(gate, &v) && v == 0);
	__atomic_fetch_add(&heard, 1, __ATOMIC_RELAXED);
	wg_done(&over);
}

static void at_waitgroup(struct waitgroup *start)
{
	wg_done(&here);
	wg_wait(start);
	__atomic_fetch_add(&heard, 1, __ATOMIC_RELAXED);
	wg_done(&over);
}

static void at_select(void)
{
	uint32_t v = 1;
	bool ok = true;

	wg_done(&here);
	switch (chan_select(on_recv(values, &v), on_recv_ok(gate, NULL, &ok))) {
	case 0:
		__atomic_fetch_add(&sum, v, __ATOMIC_RELAXED);
		break;
	case 1:
		must(!ok);
	}
	__atomic_fetch_add(&heard, 1, __ATOMIC_RELAXED);
	wg_done(&over);
}

static void expect(unsigned n)
{
	wg_add(&here, n);
	wg_add(&over, n);
	heard = 0;
}

static void gather(void)
{
	wg_wait(&here);
	go_sleep(us(100)); /* most of them wait by now */
}

static void work(void)
{
	static struct waitgroup start;

	gate = chan_make(uint32_t, 0);
	values = chan_make(uint32_t, 0);
	expect(crowd);
	for (unsigned i = 0; i < crowd; i++)
		go(at_gate);
	gather();
	chan_close(gate);
	wg_wait(&over);
	must(heard == crowd);
	chan_free(gate);
	stress_settle();

	expect(crowd);
	wg_add(&start, 1);
	for (unsigned i = 0; i < crowd; i++)
		go(at_waitgroup, &start);
	gather();
	wg_done(&start);
	wg_wait(&over);
	must(heard == crowd);
	stress_settle();

	gate = chan_make(uint32_t, 0);
	sum = 0;
	expect(crowd);
	for (unsigned i = 0; i < crowd; i++)
		go(at_select);
	gather();
	for (uint32_t i = 1; i <= crowd / 4; i++)
		chan_send(values, i);
	chan_close(gate);
	wg_wait(&over);
	must(heard == crowd);
	must(sum == crowd / 4 * (crowd / 4 + 1) / 2);
	stress_settle();
	chan_free(gate);
	chan_free(values);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	crowd = stress_room(MOST, 3000);
	stress_rounds(ROUNDS, work);
	return stress_end(crowd);
}

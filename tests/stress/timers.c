/* Timers that many goroutines arm, stop and wait for, on all cores at the same time: after a stop or a
 * reset nothing of before is received, each function that was not stopped runs, and their memory is
 * used again at once. */
#include <string.h>
#include "stress.h"

enum { ROUNDS = 4, OWNERS = 8, STEPS = 150 };

static struct waitgroup owners;
static uint32_t armed, stopped, called; /* atomic */

static void count(uint32_t *n, uint32_t by)
{
	__atomic_fetch_add(n, by, __ATOMIC_RELAXED);
}

static void call(void *arg)
{
	must(arg == &called);
	count(&called, 1);
}

static void step_call(struct chance *c)
{
	struct timer t;

	memset(&t, 0, sizeof(t));
	timer_after(&t, us(below(c, 30)), call, &called);
	count(&armed, 1);
	if (below(c, 2))
		go_sleep(us(below(c, 30)));
	if (below(c, 2)) {
		count(&stopped, timer_reset(&t, us(below(c, 30))));
		count(&armed, 1);
	}
	count(&stopped, timer_stop(&t));
	memset(&t, 0xff, sizeof(t));
	__asm__ volatile("" : : "r"(&t) : "memory");
}

static void step_send(struct chance *c, struct timer *t)
{
	go_time d = us(below(c, 40)), start = go_now(), v;
	bool was = timer_reset(t, d);
	enum chan_result r = chan_recv_for(t->c, &v, us(below(c, 50)));

	must(!was);
	if (r == CHAN_OK)
		must(v >= start + d);
	must(timer_stop(t) == (r != CHAN_OK));
	must(chan_try_recv(t->c, NULL) == CHAN_NOT_READY);
}

static void step_after(struct chance *c)
{
	chan(go_time) a = go_after(us(below(c, 30))), b = go_after(us(below(c, 30)));

	if (below(c, 2))
		chan_select(on_recv(a, NULL), on_recv(b, NULL));
	chan_free(a);
	chan_free(b);
}

static void step_tick(struct chance *c, struct ticker *t)
{
	go_time start = go_now(), v;

	ticker_start(t, us(50 + below(c, 30)));
	if (chan_recv_for(t->c, &v, us(below(c, 200))) == CHAN_OK)
		must(v >= start + us(50));
	if (below(c, 2))
		ticker_stop(t);
}

static void owner(uint32_t i)
{
	struct chance c = chance_of(i);
	struct timer t = {0};
	struct ticker k = {0};

	for (int n = 0; n < STEPS; n++) {
		switch (below(&c, 4)) {
		case 0:
			step_call(&c);
			break;
		case 1:
			step_send(&c, &t);
			break;
		case 2:
			step_after(&c);
			break;
		case 3:
			step_tick(&c, &k);
			break;
		}
	}
	timer_stop(&t);
	ticker_stop(&k);
	wg_done(&owners);
}

/* One timer of all. */
static struct timer shared;

static void player(uint32_t i)
{
	struct chance c = chance_of(100 + i);

	for (int n = 0; n < STEPS; n++)
		if (below(&c, 2))
			timer_reset(&shared, us(below(&c, 30)));
		else if (below(&c, 3))
			chan_recv_for(shared.c, NULL, us(below(&c, 30)));
		else
			timer_stop(&shared);
	wg_done(&owners);
}

static void work(void)
{
	armed = stopped = called = 0;
	timer_reset(&shared, us(1));
	wg_add(&owners, 2 * OWNERS);
	for (uint32_t i = 0; i < OWNERS; i++) {
		go_with(go_attr(.stack = 4096), owner, i);
		go(player, i);
	}
	wg_wait(&owners);
	timer_stop(&shared);
	must(chan_recv_for(shared.c, NULL, us(50)) == CHAN_NOT_READY);
	stress_settle();
	must(called + stopped == armed && called && stopped);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	return stress_end(4 * OWNERS);
}

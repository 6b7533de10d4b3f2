/* go_maxprocs goes up and down under load: goroutines pinned to a core that is beyond the limit run
 * on, no runnable one is forgotten in a ring that was handed over, and values still arrive once
 * and in order. */
#include <string.h>
#include "stress.h"

enum { ROUNDS = 3, PAIRS = 6, VALUES = 400, CHANGES = 60 };

static chan(uint32_t) channel[PAIRS];
static struct waitgroup senders, changers;
static uint32_t steps[16];

static void sender(uint32_t i)
{
	struct chance c = chance_of(i);

	for (uint32_t n = 0; n < VALUES; n++) {
		if (below(&c, 8) == 0)
			go_sleep(us(below(&c, 30)));
		for (volatile uint32_t spin = below(&c, 200); spin; spin--)
			;
		chan_send(channel[i], n);
	}
	wg_done(&senders);
}

static void receiver(uint32_t i)
{
	uint32_t next = 0, v;

	while (chan_recv(channel[i], &v))
		must(v == next++);
	must(next == VALUES);
}

/* Pinned: sleeps, yields and hands values to itself until the senders are done. */
static void pinned(uint32_t core)
{
	struct chance c = chance_of(100 + core);
	chan(uint32_t) own = chan_make(uint32_t, 1);
	uint32_t v;

	while (!wg_wait_for(&changers, us(below(&c, 20)))) {
		chan_send(own, steps[core]);
		go_yield();
		must(chan_recv(own, &v) && v == steps[core]);
		steps[core]++;
	}
	chan_free(own);
}

static void changer(void)
{
	struct chance c = chance_of(200);

	for (unsigned n = 0; n < CHANGES; n++) {
		unsigned limit = 1 + below(&c, go_cores());

		must(go_maxprocs(limit) <= go_cores());
		must(go_maxprocs(0) == limit);
		go_sleep(us(below(&c, 200)));
	}
	must(go_maxprocs(go_cores() + 5) <= go_cores());
	must(go_maxprocs(0) == go_cores());
	wg_done(&changers);
}

static void work(void)
{
	struct chance c = chance_of(300);

	memset(steps, 0, sizeof(steps));
	wg_add(&senders, PAIRS);
	wg_add(&changers, 1);
	for (unsigned i = 0; i < PAIRS; i++) {
		channel[i] = chan_make(uint32_t, below(&c, 3));
		if (below(&c, 2))
			go_with(go_attr(.core = (int)below(&c, go_cores())), sender, i);
		else
			go(sender, i);
		go(receiver, i);
	}
	for (unsigned i = 0; i < go_cores(); i++)
		go_with(go_attr(.core = (int)i), pinned, i);
	go(changer);
	wg_wait(&changers);
	wg_wait(&senders);
	for (unsigned i = 0; i < PAIRS; i++)
		chan_close(channel[i]);
	stress_settle();
	for (unsigned i = 0; i < PAIRS; i++)
		chan_free(channel[i]);
	for (unsigned i = 0; i < go_cores(); i++)
		must(steps[i] > 0);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	return stress_end(2 * PAIRS + go_cores() + 1);
}

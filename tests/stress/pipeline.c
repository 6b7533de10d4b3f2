/* Senders, a chain of stages with buffers of any size, and a collector: nothing is lost, nothing
 * comes twice, what one sender sent arrives in its order, and closing runs down the chain. */
#include "stress.h"

enum { ROUNDS = 4, SENDERS = 8, VALUES = 100, STAGES = 12 };

struct value {
	uint32_t sender, number, stages;
};

static struct waitgroup senders;

static void idle_a_while(struct chance *c)
{
	uint32_t what = below(c, 64);

	if (what == 0)
		go_sleep(us(below(c, 50)));
	else if (what < 4)
		go_yield();
}

static void sender(uint32_t i, chan(struct value) out)
{
	struct chance c = chance_of(i);

	for (uint32_t n = 0; n < VALUES; n++) {
		idle_a_while(&c);
		if (below(&c, 2))
			chan_send(out, (struct value){i, n, 0});
		else
			while (chan_send_for(out, ((struct value){i, n, 0}), us(below(&c, 100))) !=
			       CHAN_OK)
				;
	}
	wg_done(&senders);
}

static void stage(uint32_t i, chan(struct value) in, chan(struct value) out)
{
	struct chance c = chance_of(SENDERS + i);

	for (struct value v; chan_recv(in, &v);) {
		idle_a_while(&c);
		v.stages++;
		chan_send(out, v);
	}
	chan_close(out);
}

static void collect(chan(struct value) in)
{
	uint32_t next[SENDERS] = {0}, total = 0;

	for (struct value v; chan_recv(in, &v); total++) {
		must(v.sender < SENDERS && v.stages == STAGES);
		must(v.number == next[v.sender]);
		next[v.sender]++;
	}
	must(total == SENDERS * VALUES);
}

static void close_first(chan(struct value) first)
{
	wg_wait(&senders);
	chan_close(first);
}

static void work(void)
{
	struct chance c = chance_of(1000);
	chan(struct value) link[STAGES + 1];

	for (unsigned i = 0; i <= STAGES; i++)
		link[i] = chan_make(struct value, below(&c, 2) ? below(&c, 5) : 0);
	wg_add(&senders, SENDERS);
	for (unsigned i = 0; i < STAGES; i++)
		go(stage, i, link[i], link[i + 1]);
	for (unsigned i = 0; i < SENDERS; i++)
		go(sender, i, link[0]);
	go(close_first, link[0]);
	collect(link[STAGES]);
	stress_settle();
	for (unsigned i = 0; i <= STAGES; i++)
		chan_free(link[i]);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	return stress_end(SENDERS + STAGES + 1);
}

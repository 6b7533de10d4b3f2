/* Selects of 2 to 20 cases over shared channels, sends and receives mixed, nil channels and doubles
 * among them, some with a time limit: every value that a select said it sent is received once,
 * and from one channel in its sender's order. */
#include <string.h>
#include "stress.h"

enum { ROUNDS = 4, CHANNELS = 20, WORKERS = 10, DRAINS = 3, VALUES = 250, CASES = 20 };

struct value {
	uint32_t sender, number;
};

static chan(struct value) channel[CHANNELS];
static uint32_t received[tally_words(WORKERS * VALUES)];
static struct waitgroup workers;

/* What one goroutine received last, of each sender through each channel. */
struct order {
	uint16_t last[CHANNELS][WORKERS];
};

static void note(struct order *o, uint32_t from, struct value v)
{
	must(from < CHANNELS && v.sender < WORKERS);
	must(v.number >= o->last[from][v.sender]); /* last + 1 is kept, 0: none yet */
	o->last[from][v.sender] = v.number + 1;
	tally(received, v.sender * VALUES + v.number, WORKERS * VALUES);
}

static int choose(struct chance *c, struct chan_case *cases, size_t n)
{
	switch (below(c, 4)) {
	case 0:
		return chan_select_array(cases, n, us(below(c, 60)));
	case 1:
		return chan_select_array(cases, n, 0);
	default:
		return chan_select_array(cases, n, GO_FOREVER);
	}
}

/* Sends numbered values and receives whatever comes. Every select holds a case that sends: a
 * drain takes it in the end. */
static void worker(uint32_t i)
{
	struct chance c = chance_of(i);
	struct order *o = calloc(1, sizeof(*o));
	struct chan_case cases[CASES];
	uint32_t where[CASES];
	struct value in;

	must(o);
	for (struct value out = {i, 0}; out.number < VALUES;) {
		uint32_t n = 2 + below(&c, CASES - 1);
		int ran;

		for (uint32_t k = 0; k < n; k++) {
			where[k] = below(&c, CHANNELS);
			if (below(&c, 16) == 0 && k)
				cases[k] = on_recv((chan(struct value))0, &in);
			else if (below(&c, 3) && k)
				cases[k] = on_recv(channel[where[k]], &in);
			else
				cases[k] = on_send_from(channel[where[k]], &out);
		}
		ran = choose(&c, cases, n);
		must(ran < (int)n);
		if (ran >= 0 && cases[ran].direction == CHAN_SENDS)
			out.number++;
		else if (ran >= 0)
			note(o, where[ran], in);
	}
	free(o);
	wg_done(&workers);
}

/* Receives from all channels in one select, until all are closed. */
static void drain(uint32_t i)
{
	struct order *o = calloc(1, sizeof(*o));
	struct chan_case cases[CHANNELS];
	chan(struct value) from[CHANNELS];
	struct value in;
	bool ok;

	(void)i;
	must(o);
	memcpy(from, channel, sizeof(from));
	for (unsigned open = CHANNELS; open;) {
		int ran;

		for (uint32_t k = 0; k < CHANNELS; k++)
			cases[k] = on_recv_ok(from[k], &in, &ok);
		ran = chan_select_array(cases, CHANNELS, GO_FOREVER);
		if (ok) {
			note(o, ran, in);
		} else {
			must(in.sender == 0 && in.number == 0);
			from[ran] = 0;
			open--;
		}
	}
	free(o);
}

static void work(void)
{
	struct chance c = chance_of(1000);

	memset(received, 0, sizeof(received));
	for (unsigned i = 0; i < CHANNELS; i++)
		channel[i] = chan_make(struct value, below(&c, 2) ? below(&c, 4) : 0);
	wg_add(&workers, WORKERS);
	for (unsigned i = 0; i < WORKERS; i++)
		go_with(go_attr(.stack = 8192), worker, i);
	for (unsigned i = 0; i < DRAINS; i++)
		go_with(go_attr(.stack = 8192), drain, i);
	wg_wait(&workers);
	for (unsigned i = 0; i < CHANNELS; i++)
		chan_close(channel[i]);
	stress_settle();
	for (unsigned i = 0; i < CHANNELS; i++)
		chan_free(channel[i]);
	tally_full(received, WORKERS * VALUES);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	return stress_end(WORKERS + DRAINS);
}

// test: sanitize=thread,address seeds=1,2,4 cflags=@tests/unit/host/kernel.flags sources="kernel/*/*.c tests/unit/host/host.c"
// relax: L1 L2 C1 C2 C3 C4
/* The wait lists: senders, receivers and selects in every form, of one case, of few (locked) and of
 * many (listed), with and without a limit, over three channels that are closed under the receivers
 * and freed. Each message comes once, with what its sender wrote, and from one channel in its
 * sender's order. */
#include <stdlib.h>
#include <string.h>
#include "../stress/stress.h"

enum { ROUNDS = 12, CHANNELS = 3, SENDERS = 6, ROAMERS = 4, EACH = 150, MANY = 11 };

struct message {
	uint32_t sender, number;
};

/* Of an element that is not a word. */
struct wide {
	struct message *message;
	uint64_t copy[4];
};

static chan(struct message *) channel[CHANNELS - 1];
static chan(struct wide) wide;
static uint32_t received[tally_words(SENDERS * EACH)];
static struct waitgroup senders, receivers;

static void write_wide(struct wide *w, struct message *m)
{
	w->message = m;
	for (int i = 0; i < 4; i++)
		w->copy[i] = (uint64_t)(uintptr_t)m * (i + 1);
}

static void check_wide(const struct wide *w)
{
	for (int i = 0; i < 4; i++)
		must(w->copy[i] == (uint64_t)(uintptr_t)w->message * (i + 1));
}

/* A case for each channel, or many. Where to: the index modulo CHANNELS. */

static void fill_cases(struct chan_case *cases, unsigned n, unsigned first, bool sends,
                       struct message **m, struct wide *w, bool *ok)
{
	for (unsigned i = 0; i < n; i++) {
		if ((first + i) % CHANNELS == CHANNELS - 1)
			cases[i] = sends ? on_send_from(wide, w) : on_recv_ok(wide, w, ok);
		else if (sends)
			cases[i] = on_send_from(channel[(first + i) % CHANNELS], m);
		else
			cases[i] = on_recv_ok(channel[(first + i) % CHANNELS], m, ok);
	}
}

static go_time some_limit(struct chance *c)
{
	uint32_t n = below(c, 4);

	return n == 0 ? GO_FOREVER : n == 1 ? 0 : us(below(c, 60));
}

static unsigned some_cases(struct chance *c)
{
	return below(c, 2) ? 1 + below(c, CHANNELS) : MANY;
}

/* Whether it is sent. */
static bool send_once(struct chance *c, struct message *m)
{
	struct chan_case cases[MANY];
	struct wide w;
	unsigned to = below(c, CHANNELS);

	write_wide(&w, m);
	if (below(c, 2)) {
		unsigned n = some_cases(c);

		fill_cases(cases, n, to, true, &m, &w, 0);
		return chan_select_array(cases, n, some_limit(c)) >= 0;
	}
	switch (below(c, 3)) {
	case 0:
		return (to == CHANNELS - 1 ? chan_try_send(wide, w)
		                           : chan_try_send(channel[to], m)) == CHAN_OK;
	case 1:
		return (to == CHANNELS - 1
		            ? chan_send_for(wide, w, us(below(c, 60)))
		            : chan_send_for(channel[to], m, us(below(c, 60)))) == CHAN_OK;
	default:
		if (to == CHANNELS - 1)
			chan_send(wide, w);
		else
			chan_send(channel[to], m);
		return true;
	}
}

static void sender(uint32_t i)
{
	struct chance c = chance_of(i);

	for (uint32_t number = 0; number < EACH; number++) {
		struct message *m = malloc(sizeof(*m));

		must(m);
		*m = (struct message){i, number};
		while (!send_once(&c, m))
			go_yield();
	}
	wg_done(&senders);
}

/* What one goroutine received last, of each sender through each channel, and 1. */
struct order {
	uint32_t last[CHANNELS][SENDERS];
};

static void take(struct order *o, unsigned from, struct message *m)
{
	must(m->sender < SENDERS && m->number >= o->last[from][m->sender]);
	o->last[from][m->sender] = m->number + 1;
	tally(received, m->sender * EACH + m->number, SENDERS * EACH);
	free(m);
}

/* Plainly, from one channel until it is closed: somebody listens to each. */
static void listener(uint32_t from)
{
	struct order o = {0};
	struct message *m;
	struct wide w;

	if (from == CHANNELS - 1)
		for (; chan_recv(wide, &w); take(&o, from, w.message))
			check_wide(&w);
	else
		while (chan_recv(channel[from], &m))
			take(&o, from, m);
	wg_done(&receivers);
}

/* From all of them, until one is closed. */
static void roamer(uint32_t i)
{
	struct chance c = chance_of(100 + i);
	struct chan_case cases[MANY];
	struct order o = {0};
	struct message *m;
	struct wide w;

	for (bool ok = true; ok;) {
		unsigned n = some_cases(&c), first = below(&c, CHANNELS), from;
		int ran;

		fill_cases(cases, n, first, false, &m, &w, &ok);
		ran = chan_select_array(cases, n, some_limit(&c));
		if (ran < 0 || !ok)
			continue;
		from = (first + ran) % CHANNELS;
		if (from == CHANNELS - 1)
			check_wide(&w);
		take(&o, from, from == CHANNELS - 1 ? w.message : m);
	}
	wg_done(&receivers);
}

static void closer(uint32_t i)
{
	if (i == CHANNELS - 1)
		chan_close(wide);
	else
		chan_close(channel[i]);
	wg_done(&senders);
}

static void work(void)
{
	struct chance c = chance_of(1000);

	memset(received, 0, sizeof(received));
	for (unsigned i = 0; i < CHANNELS - 1; i++)
		channel[i] = chan_make(struct message *, below(&c, 4));
	wide = chan_make(struct wide, below(&c, 4));
	wg_add(&senders, SENDERS);
	wg_add(&receivers, CHANNELS + ROAMERS);
	for (unsigned i = 0; i < CHANNELS; i++)
		go(listener, i);
	for (unsigned i = 0; i < ROAMERS; i++)
		go(roamer, i);
	for (unsigned i = 0; i < SENDERS; i++)
		go(sender, i);
	wg_wait(&senders);
	wg_add(&senders, CHANNELS);
	for (unsigned i = 0; i < CHANNELS; i++)
		go(closer, i);
	wg_wait(&receivers);
	wg_wait(&senders);
	for (unsigned i = 0; i < CHANNELS - 1; i++)
		chan_free(channel[i]);
	chan_free(wide);
	tally_full(received, SENDERS * EACH);
}

/* A select that is served through one channel is still on the list of another, which its partner
 * may free. Of up to 8 cases: a larger one may be served before it has come to the other
 * channel, and goes on to look at it. */

static void leaver(chan(void) served, chan(void) freed, uint32_t n)
{
	struct chan_case cases[MANY];

	cases[0] = on_recv(served, NULL);
	for (uint32_t i = 1; i < n; i++)
		cases[i] = on_recv(freed, NULL);
	must(chan_select_array(cases, n, GO_FOREVER) == 0);
	wg_done(&receivers);
}

static void serve_and_free(void)
{
	chan(void) served = chan_make(void, 0);

	for (uint32_t i = 0; i < 200; i++) {
		chan(void) freed = chan_make(void, 0);

		wg_add(&receivers, 1);
		go(leaver, served, freed, i % 2 ? 2 : MANY);
		chan_send(served);
		chan_free(freed);
		wg_wait(&receivers);
	}
	chan_free(served);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	stress_rounds(ROUNDS / 4, serve_and_free);
	return stress_end(SENDERS + CHANNELS + ROAMERS);
}

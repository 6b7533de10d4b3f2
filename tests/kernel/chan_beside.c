// test: cores=1,4
/* An element of every size and alignment by every operation, between two goroutines and through a
 * buffer: it arrives whole, and no byte beside its source, its target or its slot is written. A
 * receive from a closed channel clears the whole element and no more. The functions behind the
 * macros of skein.h take any size, so the sizes are a loop here. */
#include <string.h>
#include "chan_waiting.h"
#include "test.h"

enum way { PLAIN, TRIED, SELECTED, TRIED_SELECT, TIMED, WAYS };
enum { CAPACITY = 3, MARGIN = 16, FILLER = 0x5a };

/* An element of the size under test, which lies at `at`: the alignment, and no better one. */
struct room {
	_Alignas(16) unsigned char b[MARGIN + 16 + CHAN_ELEMENT_MAX + MARGIN];
};

static size_t size, align, at;

static unsigned char *place(struct room *r)
{
	return r->b + at;
}

static unsigned char byte_of(unsigned seed, size_t i)
{
	return (unsigned char)(seed * 37 + i * 5 + 1);
}

static void fill(struct room *r, unsigned seed)
{
	memset(r, FILLER, sizeof(*r));
	for (size_t i = 0; i < size; i++)
		place(r)[i] = byte_of(seed, i);
}

/* Holds r this element, or zeros for seed 0, and nothing else? */
static bool holds(const struct room *r, unsigned seed)
{
	for (size_t i = 0; i < sizeof(*r); i++) {
		bool inside = i >= at && i < at + size;
		unsigned char want = !inside ? FILLER : seed ? byte_of(seed, i - at) : 0;

		if (r->b[i] != want)
			return false;
	}
	return true;
}

static void says(bool good, const char *what, enum way way)
{
	if (!check(good))
		kprintf("%s, way %d: %zu bytes at a multiple of %zu\n", what, way, size, align);
}

static bool sends(struct channel *c, struct room *r, enum way way)
{
	struct chan_case w = {.channel = c, .value = place(r), .direction = CHAN_SENDS};

	switch (way) {
	case PLAIN:
		chan_send_from(c, w.value);
		return true;
	case TRIED:
		return chan_try_send_from(c, w.value) == CHAN_OK;
	case SELECTED:
		return chan_select_array(&w, 1, GO_FOREVER) == 0;
	case TRIED_SELECT:
		return chan_try_array(&w, 1) == 0;
	default:
		return chan_send_from_for(c, w.value, GO_FOREVER) == CHAN_OK;
	}
}

static enum chan_result receives(struct channel *c, struct room *r, enum way way)
{
	bool ok = false;
	struct chan_case w = {.channel = c, .value = place(r), .ok = &ok};

	switch (way) {
	case PLAIN:
		return chan_receive(c, w.value, size) ? CHAN_OK : CHAN_CLOSED;
	case TRIED:
		return chan_try_recv_to(c, w.value);
	case SELECTED:
		return chan_select_array(&w, 1, GO_FOREVER) ? CHAN_NOT_READY
		       : ok                                 ? CHAN_OK
		                                            : CHAN_CLOSED;
	case TRIED_SELECT:
		return chan_try_array(&w, 1) ? CHAN_NOT_READY : ok ? CHAN_OK : CHAN_CLOSED;
	default:
		return chan_recv_to_for(c, w.value, GO_FOREVER);
	}
}

static void send_one(struct channel *c, enum way way, unsigned seed, struct waitgroup *wg)
{
	struct room r;

	fill(&r, seed);
	says(sends(c, &r, way) && holds(&r, seed), "sent", way);
	wg_done(wg);
}

/* Seed 0 stands for a closed channel. */
static void receive_one(struct channel *c, enum way way, unsigned seed, struct waitgroup *wg)
{
	struct room r;

	memset(&r, FILLER, sizeof(r));
	says(receives(c, &r, way) == (seed ? CHAN_OK : CHAN_CLOSED) && holds(&r, seed), "received",
	     way);
	wg_done(wg);
}

/* Each way of one side meets each waiting way of the other. */
static void hand_over(struct channel *c)
{
	static const enum way waiting_ways[] = {PLAIN, SELECTED, TIMED};
	struct waitgroup wg = {0};

	for (unsigned i = 0; i < WAYS * 3; i++) {
		wg_add(&wg, 2);
		go(receive_one, c, waiting_ways[i % 3], i + 1, &wg);
		await_waiting(c, CHAN_RECEIVES, 1);
		send_one(c, (enum way)(i / 3), i + 1, &wg);
		wg_wait(&wg);
		wg_add(&wg, 2);
		go(send_one, c, waiting_ways[i % 3], i + 1, &wg);
		await_waiting(c, CHAN_SENDS, 1);
		receive_one(c, (enum way)(i / 3), i + 1, &wg);
		wg_wait(&wg);
	}
}

/* Fills the buffer by each way, lets one more sender wait, and empties the buffer by each way. */
static void through_buffer(struct channel *c)
{
	struct waitgroup wg = {0};
	unsigned in = 0, out = 0;

	for (unsigned i = 0; i < WAYS; i++) {
		wg_add(&wg, 2 * (CAPACITY + 1));
		for (unsigned k = 0; k < CAPACITY; k++)
			send_one(c, (enum way)((i + k) % WAYS), ++in, &wg);
		go(send_one, c, i % 2 ? SELECTED : PLAIN, ++in, &wg);
		await_waiting(c, CHAN_SENDS, 1);
		for (unsigned k = 0; k < CAPACITY + 1; k++)
			receive_one(c, (enum way)((i + k) % WAYS), ++out, &wg);
		wg_wait(&wg);
	}
}

static void closed(struct channel *c)
{
	struct waitgroup wg = {0};

	wg_add(&wg, 1 + WAYS);
	go(receive_one, c, size % 2 ? PLAIN : SELECTED, 0, &wg);
	await_waiting(c, CHAN_RECEIVES, 1);
	chan_end(c);
	for (unsigned i = 0; i < WAYS; i++)
		receive_one(c, (enum way)i, 0, &wg);
	wg_wait(&wg);
	chan_delete(c);
}

int main(void)
{
	static const size_t larger[] = {65, 72, 96, 100, 128, 192, 200, 255, 256};

	for (size_t i = 1; i <= 64 + sizeof(larger) / sizeof(*larger); i++) {
		size = i <= 64 ? i : larger[i - 65];
		for (align = 1; align <= 16; align *= 2) {
			struct channel *c;

			if (size % align)
				continue;
			at = MARGIN + align % 16;
			c = chan_new(size, chan_kind_of(size, align), 0, true);
			hand_over(c);
			closed(c);
			c = chan_new(size, chan_kind_of(size, align), CAPACITY, true);
			through_buffer(c);
			closed(c);
		}
	}
	return test_done();
}

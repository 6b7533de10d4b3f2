/* Everything that takes memory, counts or prints, as large as it gets: masked_memory.sh counts how
 * long interrupts are masked in it. musca-b1 has not the memory. */
// test: cores=1,4 check=0 without=musca-b1
#include "test.h"

enum { FRESH = 100, KEPT = 200, SIZES = 11 };

struct large {
	char byte[GO_COPY_MAX];
};

static struct waitgroup done;
static chan(int) gate;

static void wait(void)
{
	chan_recv(gate, NULL);
	wg_done(&done);
}

static void none(void)
{
	wg_done(&done);
}

static void nothing(int a, int b, int c, int d)
{
	check(a == 1 && b == 2 && c == 3 && d == 4);
}

static void look(struct large *l)
{
	for (int i = 0; i < GO_COPY_MAX; i++)
		check(l->byte[i] == (char)i);
	wg_done(&done);
}

/* On stacks never used before, of all sizes; they are few enough for a core's ring. masked_go.c does
 * the same with interrupts off. */
static void fresh(void)
{
	for (unsigned i = 0; i < 2 * FRESH; i++) {
		go(wait);
		go_yield();
	}
	for (size_t size = 1024; size <= 1 << 20; size *= 2)
		go_with(go_attr(.stack = size, .name = "fifteen letters"), wait);
}

/* Each of these is of a size of its own, so of pages of its own; the last does not fit. */
static void channels(void)
{
	for (size_t n = 1; n < 1 << 16; n *= 2)
		chan_free(chan_make(long, n));
	check(!chan_try_make(long, 1 << 27));
}

static void copies(void)
{
	struct {
		char odd;
		struct large large;
	} s;

	for (int i = 0; i < GO_COPY_MAX; i++)
		s.large.byte[i] = i;
	wg_add(&done, 1);
	go_copy(look, s.large);
	wg_go(&done, nothing, 1, 2, 3, 4);
}

/* Twice as many as two batches: lists are given away and taken. */
static void kept(void)
{
	for (int round = 0; round < 2; round++) {
		wg_add(&done, KEPT);
		for (unsigned i = 0; i < KEPT; i++)
			go(none);
		wg_wait(&done);
	}
}

static void counts(void)
{
	struct go_stats stats = go_stats_read();

	check(stats.stacks >= go_count() && stats.uptime > 0);
	kprintf("%048d%s %p %-20lld|\n", 1,
	        "and of text more than a piece can hold, so that it has to be flushed", &done,
	        -1ll);
}

int main(void)
{
	gate = chan_make(int, 0);
	wg_add(&done, 2 * FRESH + SIZES);
	fresh();
	channels();
	counts();
	for (unsigned i = 0; i < 2 * FRESH + SIZES; i++)
		chan_send(gate, 1);
	wg_wait(&done);
	kept();
	copies();
	wg_wait(&done);
	return test_done();
}

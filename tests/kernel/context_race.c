/* Contexts that are canceled, freed, timed out and derived from on several cores at the same time. Each is
 * canceled once, each function runs once or is stopped, and all memory comes back. */
// test: cores=1,4 check=0,1
#include <skein/context.h>
#include <malloc.h>
#include <string.h>
#include "memory/mem.h"
#include "test.h"

enum { ROUNDS = 400, CHILDREN = 8 };

static uint32_t ran, stopped; /* atomic */

static void spin(unsigned n)
{
	for (volatile unsigned i = 0; i < n; i++)
		;
}

static void note(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&ran, 1, __ATOMIC_RELAXED);
}

/* Frees a child while its parent may be canceled, or freed, on another core. */
static void child(struct context *parent, unsigned i)
{
	struct context *ctx =
	    i % 2 ? ctx_with_cancel(parent) : ctx_with_timeout(parent, us(i % 97));
	struct context *below = ctx_with_value(ctx, &ran, &ran), *lowest = ctx_with_cancel(below);
	struct ctx_call *a = __builtin_alloca(sizeof(*a));

	ctx_drop(parent);
	ctx_after(a, lowest, note, NULL);
	spin(i * 13 % 600);
	if (i % 3 == 0)
		ctx_cancel_cause(ctx, 1 + (int)i);
	if (ctx_after_stop(a))
		__atomic_fetch_add(&stopped, 1, __ATOMIC_RELAXED);
	memset(a, 0xff, sizeof(*a));
	if (i % 4 == 0)
		ctx_free(ctx);
	ctx_free(below);
	if (i % 5 == 0) {
		ctx_cancel(lowest);
		check(ctx_err(lowest) && ctx_cause(lowest));
	}
	ctx_free(lowest);
	if (i % 4)
		ctx_free(ctx);
}

static void families(void)
{
	ran = stopped = 0;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct context *top = ctx_with_timeout(ctx_background(), us(50 + i % 200));
		struct waitgroup wg = {0};

		for (unsigned k = 0; k < CHILDREN; k++)
			wg_go(&wg, child, ctx_hold(top), i * CHILDREN + k);
		spin(i * 7 % 900);
		if (i % 2)
			ctx_cancel(top);
		ctx_free(top);
		wg_wait(&wg);
	}
	while (go_count() > 1)
		go_sleep(us(50));
	kprintf("%u ran, %u stopped\n", (unsigned)ran, (unsigned)stopped);
	check(ran + stopped == ROUNDS * CHILDREN);
}

/* Many cancel one context: its cause is one of theirs, and stays. */
static void canceller(struct context *ctx, int cause, chan(int) seen)
{
	ctx_cancel_cause(ctx, cause);
	check(ctx_err(ctx) == CTX_CANCELED);
	chan_send(seen, ctx_cause(ctx));
}

static void first_wins(void)
{
	chan(int) seen = chan_make(int, 0);

	for (int i = 0; i < 100; i++) {
		struct context *ctx = ctx_with_cancel(ctx_background());
		int first, other;

		for (int k = 1; k <= 4; k++)
			go(canceller, ctx, k, seen);
		chan_recv(seen, &first);
		for (int k = 1; k < 4; k++)
			check(chan_recv(seen, &other) && other == first);
		check(first >= 1 && first <= 4);
		ctx_free(ctx);
	}
	chan_free(seen);
}

int main(void)
{
	unsigned used[3][MEM_SIZES];
	size_t heap = mallinfo().uordblks;

	for (int round = 0; round < 3; round++) {
		families();
		first_wins();
		while (go_count() > 1)
			go_sleep(us(50));
		for (int i = 0; i < MEM_SIZES; i++)
			used[round][i] = mem_sizes[i].used;
	}
	check(mallinfo().uordblks == heap);
	check(!memcmp(used[1], used[2], sizeof(used[1])));
	return test_done();
}

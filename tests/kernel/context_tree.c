/* Contexts, to the documentation of Go's package context. Each case names the sentence that it checks. */
// test: cores=1,4 check=0,1
#include <skein/context.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "memory/mem.h"
#include "sched/core.h"
#include "test.h"

static bool is_done(const struct context *ctx)
{
	return chan_try_recv(ctx_done(ctx), NULL) == CHAN_CLOSED;
}

/* Background is never canceled, has no values, and has no deadline. */
static void background(void)
{
	struct context *b = ctx_background();
	go_time t;

	ctx_cancel(b);
	check(ctx_err(b) == 0 && ctx_cause(b) == 0 && ctx_done(b) == NULL && !ctx_deadline(b, &t));
	check(ctx_value(b, &t) == NULL);
	ctx_free(b);
	ctx_free(NULL);
}

/* WithCancel: the Done channel is closed when cancel is called or when the parent's Done is, whichever
 * happens first. After the first call, subsequent calls to cancel do nothing. */
static void cancels(void)
{
	struct context *a = ctx_with_cancel(ctx_background());
	struct context *b = ctx_with_cancel(a), *c = ctx_with_cancel(b), *d = ctx_with_cancel(a);

	check(!is_done(a) && !ctx_err(c) && !ctx_cause(c));
	ctx_cancel(b);
	ctx_cancel(b);
	check(is_done(b) && is_done(c) && !is_done(a) && !is_done(d));
	check(ctx_err(c) == CTX_CANCELED && ctx_cause(c) == CTX_CANCELED && !ctx_err(a));
	ctx_free(a); /* before its children */
	check(ctx_err(d) == CTX_CANCELED && is_done(d));
	ctx_free(d);
	ctx_free(c);
	ctx_free(b);
}

/* A child of a canceled parent is canceled from the start, and has its deadline all the same. */
static void born_canceled(void)
{
	struct context *a = ctx_with_cancel(ctx_background()), *b, *c;
	go_time t;

	ctx_cancel_cause(a, 42);
	b = ctx_with_deadline(a, sec(1000));
	check(ctx_deadline(b, &t) && t == sec(1000));
	c = ctx_with_value(b, &a, &b);
	check(is_done(b) && ctx_err(b) == CTX_CANCELED && ctx_cause(b) == 42);
	check(is_done(c) && ctx_cause(c) == 42);
	ctx_free(c);
	ctx_free(b);
	ctx_free(a);
}

/* Cause: the cause of the first cancellation of the context or one of its parents; otherwise the same
 * as Err. Calling the cancel with a nil cause sets it to Canceled. */
static void causes(void)
{
	struct context *a = ctx_with_cancel(ctx_background()), *b = ctx_with_cancel(a);

	ctx_cancel_cause(b, 7);
	ctx_cancel_cause(a, 8);
	ctx_cancel_cause(b, 9);
	check(ctx_cause(b) == 7 && ctx_cause(a) == 8);
	ctx_free(b);
	ctx_free(a);
	a = ctx_with_cancel(ctx_background());
	ctx_cancel_cause(a, 0);
	check(ctx_cause(a) == CTX_CANCELED);
	ctx_free(a);
	a = ctx_with_timeout(ctx_background(), 0);
	check(ctx_cause(a) == CTX_DEADLINE_EXCEEDED && ctx_err(a) == CTX_DEADLINE_EXCEEDED);
	ctx_free(a);
}

/* WithDeadline: adjusted to be no later than d; if the parent's deadline is already earlier it is the
 * parent's. Err is DeadlineExceeded when the deadline passed. */
static void deadlines(void)
{
	go_time start = go_now(), t;
	struct context *a = ctx_with_timeout(ctx_background(), ms(2));
	struct context *later = ctx_with_timeout(a, sec(10)),
	               *sooner = ctx_with_deadline(later, start + us(400));
	struct context *past = ctx_with_deadline(a, start - 1),
	               *none = ctx_with_timeout(ctx_background(), GO_FOREVER);

	check(ctx_deadline(later, &t) && t >= start + ms(2) && t < start + sec(5));
	check(ctx_deadline(sooner, &t) && t == start + us(400));
	check(!ctx_deadline(none, &t) && !ctx_err(none));
	check(is_done(past) && ctx_err(past) == CTX_DEADLINE_EXCEEDED && !later->timed);
	check(!chan_recv(ctx_done(sooner), NULL) && go_now() >= start + us(400));
	check(ctx_err(sooner) == CTX_DEADLINE_EXCEEDED);
	check(!chan_recv(ctx_done(later), NULL) && go_now() >= start + ms(2));
	check(ctx_err(later) == CTX_DEADLINE_EXCEEDED && ctx_err(a) == CTX_DEADLINE_EXCEEDED);
	ctx_free(none);
	ctx_free(past);
	ctx_free(a);
	ctx_free(sooner);
	ctx_free(later);
	a = ctx_with_timeout(ctx_background(), sec(100)); /* canceled before its time */
	ctx_cancel(a);
	check(ctx_err(a) == CTX_CANCELED);
	ctx_free(a);
}

/* Value returns the value of the key, or nil; the nearest one counts; the parent's cancellation shows. */
static void values(void)
{
	static const int k1, k2, k3;
	int x, y, z;
	struct context *top = ctx_with_value(ctx_background(), &k1, &x);
	struct context *a = ctx_with_cancel(top), *b = ctx_with_value(a, &k2, &y),
	               *c = ctx_with_value(b, &k1, &z);

	check(ctx_value(c, &k1) == &z && ctx_value(c, &k2) == &y && ctx_value(b, &k1) == &x);
	check(ctx_value(c, &k3) == NULL && ctx_value(top, &k2) == NULL && ctx_done(top) == NULL);
	ctx_free(c); /* cancels nothing */
	check(!ctx_err(a) && ctx_done(b) == ctx_done(a));
	ctx_cancel(b);
	check(ctx_err(a) == CTX_CANCELED && is_done(b));
	ctx_free(top);
	ctx_free(a);
	check(ctx_value(b, &k1) == &x);
	ctx_free(b);
}

/* AfterFunc arranges to call f in its own goroutine after ctx is canceled; if it is already canceled,
 * immediately. Stop returns true if the call stopped f from being run. Multiple calls operate
 * independently. */

static uint32_t ran; /* atomic */

static void note(void *n)
{
	__atomic_fetch_add(&ran, (uintptr_t)n, __ATOMIC_RELEASE);
}

static void ran_becomes(uint32_t n)
{
	for (int i = 0; i < 10000 && __atomic_load_n(&ran, __ATOMIC_ACQUIRE) != n; i++)
		go_sleep(us(50));
	check(ran == n);
}

static void afters(void)
{
	struct context *a = ctx_with_cancel(ctx_background()), *v = ctx_with_value(a, &ran, &ran);
	struct ctx_call f[5];

	ran = 0;
	for (int i = 0; i < 4; i++)
		ctx_after(&f[i], i % 2 ? a : v, note, (void *)(uintptr_t)(1 << i));
	check(ctx_after_stop(&f[1]) && !ctx_after_stop(&f[1]));
	go_sleep(us(300));
	check(ran == 0);
	ctx_cancel(v);
	ran_becomes(1 + 4 + 8);
	check(!ctx_after_stop(&f[0]) && !ctx_after_stop(&f[3]));
	ctx_after(&f[4], a, note, (void *)16);
	ran_becomes(1 + 4 + 8 + 16);
	ctx_after(&f[0], ctx_background(), note, (void *)32);
	check(ctx_after_stop(&f[0]));
	ctx_free(v);
	ctx_free(a);
}

/* A tree of 10,000 nodes, or as many as half of the memory holds, is canceled at once and leaks nothing,
 * whatever the order in which it is freed. */
enum { NODES = 10000 };

static void wait_done(struct context *ctx, struct waitgroup *wg)
{
	chan_recv(ctx_done(ctx), NULL);
	ctx_drop(ctx);
	wg_done(wg);
}

static void tree(int n, int order)
{
	struct context **node = malloc(n * sizeof(*node));
	struct waitgroup wg = {0};

	node[0] = ctx_with_cancel(ctx_background());
	for (int i = 1; i < n; i++) {
		struct context *parent = node[order == 3 ? i - 1 : (i - 1) / 3];

		node[i] = i % 5 == 4   ? ctx_with_timeout(parent, sec(3600))
		          : i % 7 == 6 ? ctx_with_value(parent, &wg, &wg)
		                       : ctx_with_cancel(parent);
		if (i % 500 == 0)
			wg_go(&wg, wait_done, ctx_hold(node[i]), &wg), wg_add(&wg, 1);
	}
	if (order % 2)
		ctx_cancel_cause(node[0], 5);
	for (int i = 0; i < n && order % 2; i++)
		check(ctx_err(node[i]) == CTX_CANCELED && ctx_cause(node[i]) == 5);
	for (int i = 0; i < n; i++)
		ctx_free(node[order == 2 ? n - 1 - i : i]);
	wg_wait(&wg);
	free(node);
}

static unsigned timers(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < go_cores(); i++)
		n += cores[i].timers.n;
	return n;
}

static void trees(void)
{
	size_t room = mem_free_bytes() / (2 * sizeof(struct context) + 2 * sizeof(struct channel));
	int n = room < NODES ? (int)room : NODES;
	unsigned blocks[MEM_SIZES];
	size_t heap;

	while (go_count() > 1) /* a deadline's goroutine may hold its context a little longer */
		go_sleep(us(50));
	heap = mallinfo().uordblks;
	for (int round = 0; round < 8; round++) {
		tree(n, round % 4);
		while (go_count() > 1)
			go_sleep(us(50));
		for (int i = 0; i < MEM_SIZES; i++) {
			check(round == 0 || mem_sizes[i].used == blocks[i]);
			blocks[i] = mem_sizes[i].used;
		}
		check(mallinfo().uordblks == heap);
		check(timers() == 0);
	}
}

int main(void)
{
	background();
	cancels();
	born_canceled();
	causes();
	deadlines();
	values();
	afters();
	trees();
	return test_done();
}

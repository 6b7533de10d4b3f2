/* Groups of goroutines, to the documentation of Go's package errgroup. */
// test: cores=1,4 check=0,1
// test: cores=1 check=0 args=limit expect=70 match="errgroup_limit: goroutines of the group still run"
#include <skein/errgroup.h>
#include <malloc.h>
#include "test.h"

static uint32_t running, most, runs; /* atomic */

static int returns(void *n)
{
	__atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
	return (int)(intptr_t)n;
}

static void *number(int n)
{
	return (void *)(intptr_t)n;
}

/* A zero Group is valid, has no limit, and does not cancel on error. Wait returns the first error. */
static void zero(void)
{
	struct errgroup g = {0};

	check(errgroup_wait(&g) == 0);
	runs = 0;
	for (int i = 0; i < 50; i++)
		errgroup_go(&g, returns, number(0));
	check(errgroup_wait(&g) == 0 && runs == 50);
	for (int i = 0; i < 50; i++)
		errgroup_go(&g, returns, number(i == 30 ? 9 : 0));
	check(errgroup_wait(&g) == 9 && runs == 100);
	check(errgroup_wait(&g) == 0);
}

/* The first call to return an error cancels the group's context; its error is the cause, and is what
 * Wait returns. */
static int until_done(void *ctx)
{
	chan_recv(ctx_done(ctx), NULL);
	return 77; /* later than the first */
}

static int fails(void *c)
{
	chan_recv((chan(void))c, NULL);
	return 5;
}

static void first_error(void)
{
	struct errgroup g = {0};
	struct context *ctx = errgroup_with_context(&g, ctx_background());
	chan(void) c = chan_make(void, 0);

	for (int i = 0; i < 10; i++)
		errgroup_go(&g, until_done, ctx);
	errgroup_go(&g, fails, c);
	go_sleep(us(200));
	check(ctx_err(ctx) == 0);
	chan_send(c);
	check(errgroup_wait(&g) == 5);
	check(ctx_err(ctx) == CTX_CANCELED && ctx_cause(ctx) == 5);
	ctx_free(ctx);
	chan_free(c);
}

/* The context is canceled the first time Wait returns, and when its parent is. */
static void with_context(void)
{
	struct context *parent = ctx_with_cancel(ctx_background());
	struct errgroup g = {0};
	struct context *ctx = errgroup_with_context(&g, parent);

	errgroup_go(&g, returns, number(0));
	check(errgroup_wait(&g) == 0 && ctx_err(ctx) == CTX_CANCELED);
	ctx_free(ctx);
	ctx = errgroup_with_context(&g, parent);
	errgroup_go(&g, until_done, ctx);
	ctx_cancel(parent);
	check(errgroup_wait(&g) == 77);
	ctx_free(parent);
	ctx_free(ctx);
}

/* SetLimit limits the number of active goroutines in this group to at most n; Go blocks until one can be
 * added; TryGo returns whether the goroutine was started. */
static int counts(void *unused)
{
	uint32_t now = __atomic_add_fetch(&running, 1, __ATOMIC_RELAXED), old = most;

	(void)unused;
	while (now > old && !__atomic_compare_exchange_n(&most, &old, now, false, __ATOMIC_RELAXED,
	                                                 __ATOMIC_RELAXED))
		;
	while (__atomic_load_n(&most, __ATOMIC_RELAXED) < 3)
		go_yield(); /* until as many run as may */
	go_sleep(us(20));
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELAXED);
	return 0;
}

static void limits(void)
{
	struct errgroup g = {0};
	struct context *ctx = ctx_with_cancel(ctx_background());

	errgroup_limit(&g, 3);
	for (int i = 0; i < 60; i++)
		errgroup_go(&g, counts, NULL);
	check(errgroup_wait(&g) == 0 && most == 3 && running == 0);
	errgroup_limit(&g, 1);
	check(errgroup_try_go(&g, until_done, ctx) && !errgroup_try_go(&g, returns, NULL));
	ctx_cancel(ctx);
	check(errgroup_wait(&g) == 77);
	errgroup_limit(&g, 2);
	for (int i = 0; i < 10; i++) /* one that fails leaves its place too */
		errgroup_go(&g, returns, number(i));
	check(errgroup_wait(&g) != 0);
	errgroup_limit(&g, 0);
	check(!errgroup_try_go(&g, returns, NULL));
	errgroup_limit(&g, -1);
	check(errgroup_try_go(&g, returns, NULL) && errgroup_try_go(&g, returns, NULL));
	check(errgroup_wait(&g) == 0);
	ctx_free(ctx);
}

int main(int argc, char **argv)
{
	size_t heap = mallinfo().uordblks;

	(void)argv;
	if (argc > 1) {
		struct errgroup g = {0};

		errgroup_go(&g, until_done, ctx_with_cancel(ctx_background()));
		errgroup_limit(&g, 2);
	}
	for (int i = 0; i < 20; i++) {
		zero();
		first_error();
		with_context();
		limits();
	}
	while (go_count() > 1)
		go_sleep(us(50));
	check(mallinfo().uordblks == heap);
	return test_done();
}

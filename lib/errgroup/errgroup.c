/* Groups of goroutines: see skein/errgroup.h. */
#include "skein/errgroup.h"
#include <stdlib.h>
#include <string.h>

struct context *errgroup_with_context(struct errgroup *g, struct context *parent)
{
	struct context *ctx = ctx_with_cancel(parent);

	g->ctx = ctx_hold(ctx);
	return ctx;
}

/* A limit from here on is none: a machine has no memory for so many goroutines. */
static const int MOST = 1 << 28;

void errgroup_limit(struct errgroup *g, int n)
{
	if (!wg_wait_for(&g->wg, 0)) {
		kprintf("errgroup_limit: goroutines of the group still run: set the limit before "
		        "they start\n");
		abort();
	}
	chan_free(g->places);
	g->places = n > 0 && n < MOST ? chan_make(void, (size_t)n) : 0;
	g->none = n == 0;
}

static void fail(struct errgroup *g, int err)
{
	bool first;

	mutex_lock(&g->lock);
	first = !g->err;
	if (first)
		g->err = err;
	mutex_unlock(&g->lock);
	if (first && g->ctx)
		ctx_cancel_cause(g->ctx, err);
}

static void run(struct errgroup *g, int (*f)(void *), void *arg)
{
	/* stack: calls what errgroup_go, errgroup_try_go are given */
	int err = f(arg);

	if (err)
		fail(g, err);
	if (g->places)
		chan_recv(g->places, NULL);
}

void errgroup_go(struct errgroup *g, int (*f)(void *), void *arg)
{
	if (g->none)
		chan_send((chan(void))0); /* for ever, as in Go */
	if (g->places)
		chan_send(g->places);
	wg_go(&g->wg, run, g, f, arg);
}

bool errgroup_try_go(struct errgroup *g, int (*f)(void *), void *arg)
{
	if (g->none || (g->places && chan_try_send(g->places) != CHAN_OK))
		return false;
	wg_go(&g->wg, run, g, f, arg);
	return true;
}

int errgroup_wait(struct errgroup *g)
{
	int err;

	wg_wait(&g->wg);
	err = g->err;
	if (g->ctx) {
		ctx_cancel(g->ctx);
		ctx_drop(g->ctx);
	}
	chan_free(g->places);
	memset(g, 0, sizeof(*g));
	return err;
}

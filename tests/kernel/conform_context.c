/* Contexts and groups, to the documentation of Go's packages context and errgroup: what the other tests do
 * not check. Of Go's own tests of them:
 *   Background, WithCancel, Cause, Deadline, Values   context_tree
 *   ParentFinishesChild, ChildFinishesFirst           context_tree (cancels)
 *   CanceledTimeout                                   here, not_too_late
 *   SimultaneousCancels                               context_race (first_wins, families), context_tree (tree)
 *   InterlockedCancels                                here, interlocked
 *   LayersCancel, LayersTimeout                       here, layers
 *   CancelRemoves                                     here, removes
 *   WithCancelCanceledParent                          context_tree (born_canceled)
 *   AfterFunc                                         context_tree (afters)
 *   WithoutCancel, WithDeadlineCause                  Skein has no such calls
 *   CustomContextGoroutines, Allocs                   a context of another kind cannot be made
 *   errgroup: ZeroGroup, WithContext, GoLimit, TryGo  errgroup
 *   errgroup: the pipeline of its example             here, pipeline */
// test: cores=4
// test: cores=1 check=0 boards=virt-aarch64
#include <skein/errgroup.h>
#include "base/atomic.h"
#include "test.h"

static bool is_done(const struct context *ctx)
{
	return chan_try_recv(ctx_done(ctx), NULL) == CHAN_CLOSED;
}

/* [WithTimeout: canceling releases resources; Err: Canceled if it was canceled before the deadline.] What
 * was canceled stays so when its time comes. */
static void not_too_late(void)
{
	struct context *ctx = ctx_with_timeout(ctx_background(), sec(1000)), *b;

	ctx_cancel(ctx);
	check(is_done(ctx) && ctx_err(ctx) == CTX_CANCELED);
	b = ctx_with_timeout(ctx, us(100));
	check(ctx_err(b) == CTX_CANCELED);
	go_sleep(us(300));
	check(ctx_err(b) == CTX_CANCELED && ctx_cause(b) == CTX_CANCELED);
	ctx_free(b);
	ctx_free(ctx);
}

/* [WithDeadline: if the deadline has passed, the context is canceled at once.] Also one that is as far back
 * as a time can be; and one as far ahead is not. */
static void extremes(void)
{
	static const go_time past[] = {INT64_MIN, INT64_MIN + 1, -1, 0};
	static const go_time far[] = {GO_FOREVER, GO_FOREVER - 1, GO_FOREVER / 2};

	for (unsigned i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
		struct context *a = ctx_with_deadline(ctx_background(), past[i]);
		struct context *b = ctx_with_timeout(ctx_background(), past[i]);

		check(ctx_err(a) == CTX_DEADLINE_EXCEEDED && is_done(a));
		check(ctx_err(b) == CTX_DEADLINE_EXCEEDED && is_done(b));
		ctx_free(a);
		ctx_free(b);
	}
	for (unsigned i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		struct context *a = ctx_with_deadline(ctx_background(), far[i]);
		struct context *b = ctx_with_timeout(ctx_background(), far[i]);

		go_sleep(us(50));
		check(!ctx_err(a) && !is_done(a) && !ctx_err(b) && !is_done(b));
		ctx_free(a);
		ctx_free(b);
	}
}

/* [WithCancel: the Done channel is closed when the parent's is.] A goroutine cancels the child when the
 * parent is done, and another the parent when the child is. */
static void cancel_after(struct context *of, struct context *ctx, struct waitgroup *wg)
{
	chan_recv(ctx_done(of), NULL);
	ctx_cancel(ctx);
	wg_done(wg);
}

static void interlocked(void)
{
	for (int i = 0; i < 200; i++) {
		struct context *parent = ctx_with_cancel(ctx_background());
		struct context *child = ctx_with_cancel(parent);
		struct waitgroup wg = {0};

		wg_add(&wg, 2);
		go(cancel_after, parent, child, &wg);
		go(cancel_after, child, parent, &wg);
		ctx_cancel(i % 2 ? parent : child);
		chan_recv(ctx_done(child), NULL);
		wg_wait(&wg);
		check(is_done(parent) && is_done(child));
		ctx_free(parent);
		ctx_free(child);
	}
}

/* Chains of random layers: what stands above the one that is canceled goes on, what stands below is
 * canceled, and each value is the one of the nearest layer with its key. [Value; WithCancel; WithTimeout.] */
enum { LAYERS = 30, KEYS = 4 };
static const char keys[KEYS];

static uint32_t next(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 16;
}

static void layers(uint32_t seed)
{
	struct context *layer[LAYERS], *top = ctx_background();
	void *values[LAYERS][KEYS] = {{0}};
	uint32_t x = seed;
	int canceled;

	for (int i = 0; i < LAYERS; i++) {
		unsigned kind = next(&x) % 3, key = next(&x) % KEYS;

		for (int k = 0; k < KEYS; k++)
			values[i][k] = i ? values[i - 1][k] : NULL;
		if (kind == 0)
			top = ctx_with_cancel(top);
		else if (kind == 1)
			top = ctx_with_timeout(top, sec(500 + next(&x) % 100));
		else
			top = ctx_with_value(top, &keys[key], values[i][key] = &values[i][key]);
		layer[i] = top;
	}
	for (int i = 0; i < LAYERS; i++) {
		check(ctx_err(layer[i]) == 0);
		for (int k = 0; k < KEYS; k++)
			check(ctx_value(layer[i], &keys[k]) == values[i][k]);
	}
	canceled = (int)(next(&x) % LAYERS);
	while (canceled > 0 && layer[canceled]->scope != layer[canceled])
		canceled--; /* a layer with a value is canceled with the one above it */
	ctx_cancel_cause(layer[canceled], 5);
	for (int i = 0; i < LAYERS; i++) {
		bool is = layer[canceled]->scope == layer[canceled] && i >= canceled;

		check(ctx_err(layer[i]) == (is ? CTX_CANCELED : 0));
		check(ctx_cause(layer[i]) == (is ? 5 : 0));
		for (int k = 0; k < KEYS; k++)
			check(ctx_value(layer[i], &keys[k]) == values[i][k]);
	}
	for (int i = 0; i < LAYERS; i++)
		ctx_free(layer[seed % 2 ? i : LAYERS - 1 - i]);
}

/* [WithCancel: failing to call the CancelFunc leaks the child until the parent is canceled.] So one that is
 * called does not: the parent lists only children that live. */
static void removes(void)
{
	struct context *parent = ctx_with_cancel(ctx_background()), *child[10];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 10; i++)
			child[i] =
			    i % 2 ? ctx_with_cancel(parent) : ctx_with_timeout(parent, sec(1000));
		check(parent->children);
		for (int i = 0; i < 10; i++) {
			ctx_cancel(child[round == 1 ? 9 - i : i]);
			check(!parent->children == (i == 9));
		}
		for (int i = 0; i < 10; i++)
			ctx_free(child[i]);
	}
	check(!ctx_err(parent));
	ctx_free(parent);
}

/* The group of three stages that errgroup's documentation shows: one makes work, several do it, and the last
 * to end closes the results. An error in one stage ends all. [Group: Wait returns the first non-nil error;
 * WithContext: the derived Context is canceled the first time a function returns an error.] */
enum { WORK = 200, STAGE = 4 };
struct job {
	struct context *ctx;
	chan(int) work, done;
	uint32_t *left; /* atomic: workers that have not ended */
	int fails;      /* at this piece of work */
};

static int produces(void *arg)
{
	struct job *job = arg;
	int err = 0;

	for (int i = 0; i < WORK && !err; i++)
		if (chan_select(on_send(job->work, i), on_recv(ctx_done(job->ctx), NULL)) == 1)
			err = ctx_err(job->ctx);
	chan_close(job->work);
	return err;
}

static int works(void *arg)
{
	struct job *job = arg;
	int err = 0;

	for (int i; !err && chan_recv(job->work, &i);) {
		if (i == job->fails)
			err = 1000 + i;
		else if (chan_select(on_send(job->done, i * 2),
		                     on_recv(ctx_done(job->ctx), NULL)) == 1)
			err = ctx_err(job->ctx);
	}
	if (fetch_add_acq_rel(job->left, -1u) == 1)
		chan_close(job->done);
	return err;
}

static void pipeline(int fails)
{
	struct errgroup g = {0};
	uint32_t left = STAGE;
	struct job job = {errgroup_with_context(&g, ctx_background()), chan_make(int, 0),
	                  chan_make(int, 0), &left, fails};
	int sum = 0;

	errgroup_go(&g, produces, &job);
	for (int i = 0; i < STAGE; i++)
		errgroup_go(&g, works, &job);
	for (int v; chan_recv(job.done, &v);)
		sum += v;
	check(errgroup_wait(&g) == (fails < 0 ? 0 : 1000 + fails));
	check(fails >= 0 || sum == WORK * (WORK - 1));
	check(ctx_err(job.ctx) == CTX_CANCELED &&
	      ctx_cause(job.ctx) == (fails < 0 ? CTX_CANCELED : 1000 + fails));
	ctx_free(job.ctx);
	chan_free(job.work);
	chan_free(job.done);
}

/* [SetLimit: limits the number of active goroutines to at most n.] The largest n limits nobody. */
static int adds(void *sum)
{
	fetch_add_relaxed((uint32_t *)sum, 1);
	return 0;
}

static void largest_limit(void)
{
	struct errgroup g = {0};
	uint32_t sum = 0;

	errgroup_limit(&g, INT32_MAX);
	for (int i = 0; i < 20; i++)
		errgroup_go(&g, adds, &sum);
	check(errgroup_try_go(&g, adds, &sum));
	check(errgroup_wait(&g) == 0 && sum == 21);
}

int main(void)
{
	not_too_late();
	extremes();
	interlocked();
	for (uint32_t seed = 0; seed < 40; seed++)
		layers(seed);
	removes();
	for (int fails = -1; fails < WORK; fails += 67)
		pipeline(fails);
	largest_limit();
	return test_done();
}

/* Contexts: see skein/context.h.
 *
 * A scope is a context that can be canceled. All scopes below one child of the background are a
 * tree, and that child's mutex guards the tree: its lists, and who is canceled. Whoever takes the
 * mutex holds a context of the tree, and lets go only after the unlock. A context holds its parent,
 * so the mutex is there as long as anybody may take it.
 *
 * A scope is canceled once, under the mutex, with all below it. From then on it stands in no list.
 * Its owner's ctx_free takes the mutex too, so a canceller that runs finds every listed scope still
 * held by its owner. What a canceller lets go under the mutex is therefore never the last hold.
 *
 * An armed timer holds its context, for the goroutine that it starts. Who stops it lets go instead.
 *
 * The claim to a ctx_call is its flag `armed`, under a mutex of its own: it must be found without
 * the tree, which may be gone when the function has been started.
 *
 * Orders
 *   X3 release  held in ctx_drop  -> X4   what a holder did with the context
 *   X4 acquire  held in ctx_drop  <- X3   the last holder frees the context after all that */
#include "skein/context.h"
#include <stdlib.h>

static struct context background = {.scope = &background, .deadline = GO_FOREVER};
static struct mutex claims; /* armed, in each ctx_call; taken last */

struct context *ctx_background(void)
{
	return &background;
}

static __attribute__((cold, __noreturn__)) void refuse(const char *sentence)
{
	kprintf("%s\n", sentence);
	abort();
}

/* Holding. */

struct context *ctx_hold(struct context *ctx)
{
	if (ctx->parent)
		go_fetch_add_relaxed(&ctx->held, 1);
	return ctx;
}

/* A parent may go with its last child, and so on upwards. */
void ctx_drop(struct context *ctx)
{
	while (ctx->parent && go_fetch_added_release(&ctx->held, -1u) == 0) { /* X3 */
		struct context *parent = ctx->parent;

		go_load_acquire(&ctx->held); /* X4 */
		if (ctx->scope == ctx && !ctx->err)
			refuse("context: a context that was never canceled is dropped by its "
			       "owner: call ctx_free");
		chan_free(ctx->done);
		free(ctx);
		ctx = parent;
	}
}

static struct context *derive(struct context *parent)
{
	struct context *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		refuse("context: out of memory: ctx_free what is done with, or give the board "
		       "more RAM (MEM=)");
	ctx->parent = ctx_hold(parent);
	ctx->held = 1;
	ctx->scope = parent->scope;
	ctx->deadline = parent->deadline;
	return ctx;
}

/* Lists, under the tree's mutex. */

static void list(struct context *ctx, struct context **head)
{
	ctx->next = *head;
	if (ctx->next)
		ctx->next->link = &ctx->next;
	ctx->link = head;
	*head = ctx;
}

static void unlist(struct context *ctx)
{
	if (!ctx->link)
		return;
	*ctx->link = ctx->next;
	if (ctx->next)
		ctx->next->link = ctx->link;
	ctx->link = 0;
}

static void unlist_after(struct ctx_call *a)
{
	if (!a->link)
		return;
	*a->link = a->next;
	if (a->next)
		a->next->link = a->link;
	a->link = 0;
}

/* Canceling, under the tree's mutex. */

static bool claim_after(struct ctx_call *a)
{
	bool armed;

	mutex_lock(&claims);
	armed = a->armed;
	a->armed = false;
	mutex_unlock(&claims);
	return armed;
}

/* A function that has been started may free its node. */
static void run_afters(struct context *ctx)
{
	struct ctx_call *a;

	while ((a = ctx->afters)) {
		void (*f)(void *) = a->f;
		void *arg = a->arg;

		unlist_after(a);
		if (!claim_after(a))
			continue;
		go(f, arg); /* stack: calls what ctx_after is given */
		ctx_drop(ctx);
	}
}

static void cancel_one(struct context *ctx, int err, int cause)
{
	ctx->cause = cause;
	go_cas_release(&ctx->err, 0, (uint32_t)err); /* X2 */
	chan_close(ctx->done);
	if (ctx->timed && timer_stop(&ctx->timer))
		ctx_drop(ctx);
	run_afters(ctx);
}

/* Without recursion: the children of one that is canceled leave its list and wait to be canceled,
 * chained by next. */
static void cancel_all(struct context *ctx, int err, int cause)
{
	struct context *todo = ctx, *child;

	if (ctx->err)
		return;
	unlist(ctx);
	ctx->next = 0;
	while ((ctx = todo)) {
		todo = ctx->next;
		cancel_one(ctx, err, cause);
		while ((child = ctx->children)) {
			unlist(child);
			child->next = todo;
			todo = child;
		}
	}
}

static void cancel(struct context *scope, int err, int cause)
{
	if (scope == &background)
		return;
	mutex_lock(scope->tree);
	cancel_all(scope, err, cause);
	mutex_unlock(scope->tree);
}

void ctx_cancel(struct context *ctx)
{
	cancel(ctx->scope, CTX_CANCELED, CTX_CANCELED);
}

void ctx_cancel_cause(struct context *ctx, int cause)
{
	cancel(ctx->scope, CTX_CANCELED, cause ? cause : CTX_CANCELED);
}

void ctx_free(struct context *ctx)
{
	if (!ctx || !ctx->parent)
		return;
	if (ctx->scope == ctx)
		ctx_cancel(ctx);
	ctx_drop(ctx);
}

/* Making. */

static void expire(void *arg)
{
	struct context *ctx = arg;

	cancel(ctx, CTX_DEADLINE_EXCEEDED, CTX_DEADLINE_EXCEEDED);
	ctx_drop(ctx);
}

static void arm(struct context *ctx)
{
	go_time now = go_now();

	if (ctx->deadline <= now)
		return cancel_all(ctx, CTX_DEADLINE_EXCEEDED, CTX_DEADLINE_EXCEEDED);
	ctx->timed = true;
	ctx_hold(ctx);
	timer_after(&ctx->timer, ctx->deadline - now, expire, ctx);
}

/* A new scope below the parent's, or canceled at once if that is. */
struct context *ctx_with_deadline(struct context *parent, go_time deadline)
{
	struct context *ctx = derive(parent), *above = ctx->scope;
	bool sooner = deadline < ctx->deadline;

	if (sooner)
		ctx->deadline = deadline;
	ctx->scope = ctx;
	ctx->done = chan_make(void, 0);
	ctx->tree = above == &background ? &ctx->lock : above->tree;
	mutex_lock(ctx->tree);
	if (above->err)
		cancel_all(ctx, (int)above->err, above->cause);
	else if (above != &background)
		list(ctx, &above->children);
	if (!ctx->err && sooner)
		arm(ctx);
	mutex_unlock(ctx->tree);
	return ctx;
}

struct context *ctx_with_cancel(struct context *parent)
{
	return ctx_with_deadline(parent, GO_FOREVER);
}

struct context *ctx_with_timeout(struct context *parent, go_time limit)
{
	go_time now = go_now();

	return ctx_with_deadline(parent, limit < GO_FOREVER - now ? now + limit : GO_FOREVER);
}

struct context *ctx_with_value(struct context *parent, const void *key, void *value)
{
	struct context *ctx = derive(parent);

	ctx->key = key;
	ctx->value = value;
	return ctx;
}

/* Asking. */

int ctx_cause(const struct context *ctx)
{
	return ctx_err(ctx) ? ctx->scope->cause : 0;
}

chan(void) ctx_done(const struct context *ctx)
{
	return ctx->scope->done;
}

bool ctx_deadline(const struct context *ctx, go_time *deadline)
{
	*deadline = ctx->deadline;
	return ctx->deadline != GO_FOREVER;
}

void *ctx_value(const struct context *ctx, const void *key)
{
	for (; ctx; ctx = ctx->parent)
		if (ctx->key == key && key)
			return ctx->value;
	return 0;
}

/* Functions that run afterwards. */

void ctx_after(struct ctx_call *a, struct context *ctx, void (*f)(void *), void *arg)
{
	struct context *scope = ctx->scope;

	*a = (struct ctx_call){.f = f, .arg = arg, .armed = true};
	if (scope == &background)
		return;
	a->ctx = ctx_hold(scope);
	mutex_lock(scope->tree);
	a->next = scope->afters;
	if (a->next)
		a->next->link = &a->next;
	a->link = &scope->afters;
	scope->afters = a;
	if (scope->err)
		run_afters(scope);
	mutex_unlock(scope->tree);
}

bool ctx_after_stop(struct ctx_call *a)
{
	struct context *ctx;

	if (!claim_after(a))
		return false;
	ctx = a->ctx;
	if (!ctx)
		return true;
	mutex_lock(ctx->tree);
	unlist_after(a);
	mutex_unlock(ctx->tree);
	ctx_drop(ctx);
	return true;
}

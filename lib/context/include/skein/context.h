/* Contexts: Go's package context. A context tells the goroutines that work on something when to
 * give up, and carries values along.
 *
 * Who frees. Each ctx_with_ call returns a context that its caller owns and ends with one ctx_free,
 * which cancels it first, as Go's deferred cancel does. A goroutine that is given a context and may
 * outlive its owner calls ctx_hold before it is started, and ctx_drop at its end. A context holds
 * its parent, so parents and children may be freed in any order, at the same time, on different
 * cores. Its memory goes when nobody holds it any more.
 *
 * Every call is for goroutines. Out of memory is a panic. A cause and an error are ints, 0 is none.
 *
 * Orders
 *   X1 acquire  err in ctx_err      <- X2   the cause, and what the canceller wrote before
 *   X2 release  err in cancel_one   -> X1 */
#ifndef SKEIN_CONTEXT_H
#define SKEIN_CONTEXT_H
#include <skein.h>
#ifdef __cplusplus
extern "C" {
#endif

enum ctx_error {
	CTX_CANCELED = -1,          /* ctx_cancel, or a parent was canceled */
	CTX_DEADLINE_EXCEEDED = -2, /* its time, or a parent's, is over */
};

/* The library's own. */
struct context {
	uint32_t err;           /* atomic: X1 X2: enum ctx_error; of a scope only */
	struct context *scope;  /* itself, or the nearest above that can be canceled */
	struct context *parent; /* held; null: the background */
	uint32_t held;          /* atomic */
	int cause;              /* written before err */
	chan(void) done;
	const void *key; /* of ctx_with_value */
	void *value;
	go_time deadline;
	struct mutex *tree, lock; /* of all contexts below the background's child; that one's own */
	/* guarded by tree */
	struct context *children, *next, **link; /* link: what points to it; null: not listed */
	struct ctx_call *afters;
	struct timer timer;
	bool timed;
};

/* Never canceled, without values or a deadline. Not to be freed. */
struct context *ctx_background(void);

/* As WithCancel, WithDeadline, WithTimeout and WithValue. A deadline is a time of go_now; the
 * earlier one counts, the parent's or this. GO_FOREVER is none. The value of a key is the one given
 * last on the way up; keys are compared by address. */
struct context *ctx_with_cancel(struct context *parent);
struct context *ctx_with_deadline(struct context *parent, go_time deadline);
struct context *ctx_with_timeout(struct context *parent, go_time limit);
struct context *ctx_with_value(struct context *parent, const void *key, void *value);

/* Cancels ctx and all below it; the first call counts, also among several at once. On a context
 * with a value it cancels the context that this one is derived from. On the background it does
 * nothing. */
void ctx_cancel(struct context *ctx);
void ctx_cancel_cause(struct context *ctx, int cause);
/* Cancels ctx, unless it only has a value, and lets it go. Null: nothing. */
void ctx_free(struct context *ctx);
/* See above: who frees. ctx_hold returns ctx. */
struct context *ctx_hold(struct context *ctx);
void ctx_drop(struct context *ctx);

/* 0, or why ctx has been canceled. */
static inline int ctx_err(const struct context *ctx)
{
	return (int)go_load_acquire(&ctx->scope->err); /* X1 */
}

/* What ctx_cancel_cause was given; without that, ctx_err. */
int ctx_cause(const struct context *ctx);
/* Closed when ctx is canceled; null, which never is, of the background. Not to be closed or
 * freed. */
chan(void) ctx_done(const struct context *ctx);
/* False: it has no deadline. */
bool ctx_deadline(const struct context *ctx, go_time *deadline);
/* Null when no context on the way up has the key. */
void *ctx_value(const struct context *ctx, const void *key);

/* As AfterFunc: f(arg) runs in a goroutine of its own once ctx is canceled, at once if it is. a is
 * the caller's: its memory is free again when f runs, or after ctx_after_stop. */
struct ctx_call {
	void (*f)(void *);
	void *arg;
	struct context *ctx; /* held while armed */
	struct ctx_call *next, **link;
	bool armed;
};
void ctx_after(struct ctx_call *a, struct context *ctx, void (*f)(void *), void *arg);
/* True: f will not run. False: it has been started, or stopped before; the call does not wait for
 * it. */
bool ctx_after_stop(struct ctx_call *a);

#ifdef __cplusplus
}
#endif
#endif

/* Groups of goroutines that work on one thing and may fail: Go's package errgroup. A zeroed struct
 * is ready for use. An error is an int, 0 is success. Every call is for goroutines. */
#ifndef SKEIN_ERRGROUP_H
#define SKEIN_ERRGROUP_H
#include <skein/context.h>
#ifdef __cplusplus
extern "C" {
#endif

struct errgroup {
	struct waitgroup wg;
	struct mutex lock;
	int err; /* guarded by lock: the first one */
	struct context *ctx;
	chan(void) places; /* as full as goroutines run; null: no limit */
	bool none;         /* a limit of 0 */
};

/* As WithContext: returns a context, canceled by the first error, which is its cause, and by
 * errgroup_wait. The caller frees it. To be called before the first errgroup_go. */
struct context *errgroup_with_context(struct errgroup *, struct context *parent);
/* At most n goroutines of the group run at a time; below 0: no limit. Panics while some run. */
void errgroup_limit(struct errgroup *, int n);
/* Runs f(arg) in a goroutine; waits while the limit is reached. f must return: one that ends in
 * go_exit counts as a success, and keeps its place in the limit. */
void errgroup_go(struct errgroup *, int (*f)(void *), void *arg);
/* The same without a wait. False: the limit is reached. */
bool errgroup_try_go(struct errgroup *, int (*f)(void *), void *arg);
/* Waits for all, and returns the first error, or 0. The group is as new then, without limit or
 * context. To be called by one goroutine, once for each use of the group. */
int errgroup_wait(struct errgroup *);

#ifdef __cplusplus
}
#endif
#endif

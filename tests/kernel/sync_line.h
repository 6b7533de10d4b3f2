/* For tests of package sync: goroutines that come into a line one after another, on one core or on
 * any. */
#ifndef SYNC_LINE_H
#define SYNC_LINE_H
#include "sync/waitq.h"

/* Goroutines in the line of q. */
static inline unsigned length_of(struct go_waitq *q)
{
	unsigned long was = arch_irq_off();
	unsigned n = 0;

	waitq_lock(q);
	for (struct go_waiter *w = q->first; w; w = w->next)
		n++;
	waitq_unlock(q);
	arch_irq_restore(was);
	return n;
}

static inline void await_line(struct go_waitq *q, unsigned n)
{
	while (length_of(q) != n)
		go_yield();
}

struct line_call {
	void (*f)(unsigned, unsigned);
	unsigned a, b;
	struct waitgroup *wg;
};

static inline void line_run(struct line_call *call)
{
	struct waitgroup *wg = call->wg;

	call->f(call->a, call->b);
	wg_done(wg);
}

/* Starts f(a, b) on that core, counted by wg. */
static inline void line_start(struct waitgroup *wg, int core, void (*f)(unsigned, unsigned),
                              unsigned a, unsigned b)
{
	static struct line_call calls[64];
	static unsigned next;
	struct line_call *call = &calls[next++ % 64];

	*call = (struct line_call){f, a, b, wg};
	wg_add(wg, 1);
	go_with(go_attr(.core = core), line_run, call);
}

#endif

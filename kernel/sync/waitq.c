/* Wait queues: see waitq.h.
 *
 * A waiter is claimed once, by whoever swaps its claim word from OPEN to TAKEN: a waker that holds
 * the queue's lock, or the waiter's own timer. A waiter whose timer was first stays in the line
 * until a waker drops it there, or until the waiter takes itself off. So no waker touches a node
 * that is gone. A waker passes CONFIG_WAKE_BATCH such waiters at most while it holds the lock.
 *
 * Orders
 *   W1 acq_rel  word in claim_all  -> M6, <- M5   who finds the word cleared sees that the lock was
 *                                                 taken; the caller sees what was written before each
 *                                                 wg_done (waitgroup.c) */
#include "sync/waitq.h"
#include "base/config.h"
#include "sched/sched.h"

/* Puts w between these two; null means that end of the line. */
static void put_in(struct go_waitq *q, struct go_waiter *before, struct go_waiter *w,
                   struct go_waiter *next)
{
	w->before = before;
	w->next = next;
	*(before ? &before->next : &q->first) = w;
	*(next ? &next->before : &q->last) = w;
}

/* Context: any, masked, under SYNC. */
struct go_waiter *waitq_claim(struct go_waitq *q)
{
	struct go_waiter *w;

	for (unsigned i = 0; i < CONFIG_WAKE_BATCH && (w = q->first); i++)
		if (waitq_take(q, w))
			return w;
	return 0;
}

/* Context: goroutine, masked, under SYNC. */
void waitq_join(struct go_waitq *q, struct go_waiter *w)
{
	w->g = arch_self();
	w->since = arch_cycles();
	put_in(q, q->last, w, 0);
}

/* Context: goroutine, masked, under SYNC; may park. */
void waitq_park(struct go_waitq *q, enum why why, uint64_t end)
{
	struct g *g = arch_self();

	g->result = 0;
	store_relaxed(&g->claim, CLAIM_OPEN);
	park_until(why, q, commit_unlock, &q->lock, end);
}

/* Context: goroutine, masked, under SYNC; may park. */
noinline void waitq_wait(struct go_waitq *q, enum why why, struct go_waiter *w, uint64_t end)
{
	bool again = w->since;

	if (again)
		put_in(q, 0, w, q->first);
	else
		waitq_join(q, w);
	waitq_park(q, why, end);
}

/* Context: goroutine, masked, under SYNC. */
void waitq_leave(struct go_waitq *q, struct go_waiter *w)
{
	if (waitq_listed(w))
		waitq_take_out(q, w);
}

/* Claims all waiters, chained by g->next. Until the first is readied all stay parked, and so the
 * queue stays valid. */
static inline struct g *claim_all(struct go_waitq *q, uint32_t bits)
{
	struct g *all = 0, **end = &all;
	bool more;

	do {
		unsigned long was = arch_irq_off();
		struct go_waiter *w;

		waitq_lock(q);
		w = waitq_claim(q);
		more = w || q->first;
		if (w) {
			*end = w->g;
			end = &w->g->next;
		}
		if (!more)
			fetch_and_acq_rel(&q->word, ~bits); /* W1 */
		waitq_unlock(q);
		arch_irq_restore(was);
	} while (more);
	*end = 0;
	return all;
}

/* Context: any. */
void waitq_wake_all(struct go_waitq *q, uint32_t bits)
{
	struct g *g, *next;

	arch_touch_stack();
	for (g = claim_all(q, bits); g; g = next) {
		next = g->next;
		ready(g, arch_irq_off());
	}
}

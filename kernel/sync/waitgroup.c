/* Waitgroup.
 *
 * A waitgroup's word holds its count, and in the top bit whether a goroutine waits. If the last
 * wg_done finds the bit clear it touches nothing more, because a goroutine may see 0, return and
 * free the waitgroup. If it finds the bit set, the waiters are parked until it wakes them, so the
 * waitgroup is still there. It takes the line under the lock, and then touches only the waiters'
 * nodes.
 *
 * Orders
 *   M5 release  word in wg_add   -> M6, -> W1   what was written before wg_done is visible to who finds
 *                                               the count 0; and, by W1, to who is woken (waitq.c)
 *   M6 acquire  word in wg_wait  <- M5, <- W1   who finds the count 0 sees that the last wg_done has
 *                                               taken the lock */
#include "base/atomic.h"
#include "base/panic.h"
#include "sched/sched.h"
#include "skein.h"
#include "sync/waitq.h"

#define WG_WAITED 0x80000000u

static __attribute__((cold)) noinline void wg_refused(struct waitgroup *wg, int n)
{
	if (n < 0)
		panic("waitgroup %p: the count falls below 0: more wg_done than wg_add",
		      (void *)wg);
	panic("waitgroup %p: wg_add of %d takes the count above %d: let some finish first",
	      (void *)wg, n, (int)INT32_MAX);
}

/* Context: any. */
leaf void wg_add(struct waitgroup *wg, int n)
{
	uint32_t before = fetch_add_release(&wg->waitq.word, (uint32_t)n); /* M5 */

	/* below 0 or above INT32_MAX, the sum has the bit where WAITED stands */
	if (unlikely(((before & ~WG_WAITED) + (uint32_t)n) & WG_WAITED))
		return wg_refused(wg, n);
	if (unlikely(before + (uint32_t)n == WG_WAITED))
		return waitq_wake_all(&wg->waitq, WG_WAITED);
}

/* Context: any. */
leaf void wg_done(struct waitgroup *wg)
{
	wg_add(wg, -1);
}

/* Says that a goroutine waits, unless the count is 0. When the count is 0 and WAITED is set, the
 * last wg_done has yet to come and wake the waiters. */
static bool wg_flag(struct waitgroup *wg)
{
	uint32_t word;

	do {
		word = load_acquire(&wg->waitq.word); /* M6 */
		if (word == 0)
			return false;
	} while (!cas_relaxed(&wg->waitq.word, word, word | WG_WAITED));
	return true;
}

/* The count is 0, and the last wg_done is done with the waitgroup: it clears WAITED under the
 * lock, after all else, so the look at the lock needs no order of its own. */
static bool wg_over(struct waitgroup *wg)
{
	return load_acquire(&wg->waitq.word) == 0 && load_relaxed(&wg->waitq.lock) == 0; /* M6 */
}

/* A waiter whose limit has passed, the last in line, clears WAITED. Otherwise the last wg_done
 * would come for it after it has gone on with the waitgroup. True: the count is 0, and wg_done has
 * come. */
static bool wg_give_up(struct waitgroup *wg, struct go_waiter *w)
{
	unsigned long was = arch_irq_off();
	uint32_t word;

	waitq_lock(&wg->waitq);
	waitq_leave(&wg->waitq, w);
	do
		word = load_relaxed(&wg->waitq.word);
	while (!wg->waitq.first && word > WG_WAITED &&
	       !cas_relaxed(&wg->waitq.word, word, word & ~WG_WAITED));
	waitq_unlock(&wg->waitq);
	arch_irq_restore(was);
	if (word & ~WG_WAITED)
		return false;
	while (!wg_over(wg))
		go_yield();
	return true;
}

static noinline bool wg_wait_until(struct waitgroup *wg, uint64_t end)
{
	struct go_waiter w;
	unsigned long was;

	arch_touch_stack();
	w.since = 0;
	was = arch_irq_off();
	waitq_lock(&wg->waitq);
	if (!wg_flag(wg)) {
		waitq_unlock(&wg->waitq);
		arch_irq_restore(was);
		return true;
	}
	waitq_wait(&wg->waitq, G_WAITGROUP, &w, end);
	arch_irq_restore(was);
	return arch_self()->result != RESULT_TIMEOUT || wg_give_up(wg, &w);
}

/* Context: goroutine; may park. */
bool wg_wait_for(struct waitgroup *wg, go_time limit)
{
	return wg_over(wg) || (limit > 0 && wg_wait_until(wg, deadline(limit)));
}

/* Context: goroutine; may park. */
leaf void wg_wait(struct waitgroup *wg)
{
	if (!wg_over(wg))
		wg_wait_until(wg, NEVER);
}

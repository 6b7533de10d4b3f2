/* Mutex.
 *
 * A mutex is a word: 1 locked, 2 a goroutine waits. The fast paths are a compare-and-swap in
 * skein/sync_impl.h and know only 0 and 1. The slow paths hold the queue's lock. An unlock wakes
 * the first waiter and lets it compete for the mutex, which keeps a busy mutex moving. A waiter
 * that has waited for over a millisecond is given the mutex itself, so nobody starves: the word
 * stays locked.
 *
 * Orders
 *   M1 acquire  word in lock     <- M2   what was written under the mutex is visible
 *   M2 release  word in unlock   -> M1 */
#include "base/atomic.h"
#include "base/clock.h"
#include "base/panic.h"
#include "sched/sched.h"
#include "skein.h"
#include "sync/cycle.h"
#include "sync/waitq.h"

enum { LOCKED = 1, WAITED = 2 };
#define FAIR_NS 1000000 /* Go's figure */

static inline bool take(struct mutex *m)
{
	uint32_t word;

	while (!((word = load_relaxed(&m->waitq.word)) & LOCKED))
		if (cas_acquire(&m->waitq.word, word, word | LOCKED)) { /* M1 */
			cycle_lock(m, arch_self());
			return true;
		}
	return false;
}

/* Context: any. */
bool mutex_try_lock_slow(struct mutex *m)
{
	if (CONFIG_CHECK)
		arch_touch_stack();
	return take(m);
}

/* Takes the mutex if it is free, else says that a goroutine waits. Under the lock. */
static bool take_or_flag(struct mutex *m)
{
	uint32_t word;

	do {
		if (take(m))
			return true;
		word = load_relaxed(&m->waitq.word);
	} while (!(word & LOCKED) || !cas_relaxed(&m->waitq.word, word, word | WAITED));
	return false;
}

enum { HANDED = 1 }; /* g->result: the mutex is yours already */

static noinline bool take_late(struct mutex *m, struct go_waiter *w)
{
	unsigned long was = arch_irq_off();

	waitq_lock(&m->waitq);
	waitq_leave(&m->waitq, w);
	waitq_unlock(&m->waitq);
	arch_irq_restore(was);
	return mutex_try_lock_slow(m);
}

/* Context: goroutine; may park. */
noinline bool mutex_lock_until(struct mutex *m, uint64_t end)
{
	struct go_waiter w;
	unsigned long was;
	int32_t result;

	arch_touch_stack();
	w.since = 0;
	if (end == NEVER)
		cycle_wait(m);
	do {
		was = arch_irq_off();
		waitq_lock(&m->waitq);
		if (take_or_flag(m)) {
			waitq_unlock(&m->waitq);
			arch_irq_restore(was);
			return true;
		}
		waitq_wait(&m->waitq, G_MUTEX, &w, end);
		arch_irq_restore(was);
		result = arch_self()->result;
		if (result == HANDED)
			return true;
	} while (result != RESULT_TIMEOUT);
	return take_late(m, &w);
}

/* Context: goroutine; may park. */
bool mutex_lock_for(struct mutex *m, go_time limit)
{
	return mutex_try_lock(m) || (limit > 0 && mutex_lock_until(m, deadline(limit)));
}

/* Context: goroutine; may park. */
leaf void mutex_lock_slow(struct mutex *m)
{
	mutex_lock_until(m, NEVER);
}

/* Context: goroutine. */
void mutex_unlock_slow(struct mutex *m)
{
	struct go_waiter *w;
	struct g *g;
	uint32_t word;
	bool again = true, hand;
	unsigned long was;

	assert_that(load_relaxed(&m->waitq.word) & LOCKED, "mutex_unlock: mutex %p is not locked",
	            (void *)m);
	arch_touch_stack();
	while (again) {
		was = arch_irq_off();
		waitq_lock(&m->waitq);
		w = waitq_claim(&m->waitq);
		again = !w && m->waitq.first;
		g = w ? w->g : 0;
		hand = w && clock_ns(arch_cycles() - w->since) > FAIR_NS;
		if (hand) {
			g->result = HANDED;
			cycle_lock(m, g);
		}
		word = (hand ? LOCKED : 0) | (m->waitq.first ? WAITED : 0);
		if (w)
			store_release(&m->waitq.word, word); /* M2 */
		else if (!again)
			store_relaxed(&m->waitq.word, LOCKED); /* nobody waits */
		waitq_unlock(&m->waitq);
		/* the last touch, unless somebody waits now */
		if (!w && !again)
			again = !cas_release(&m->waitq.word, LOCKED, 0); /* M2 */
		if (g)
			ready(g, was);
		else
			arch_irq_restore(was);
	}
}

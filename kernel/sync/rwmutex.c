/* Read-write mutex.
 *
 * Readers count themselves in a slot of their core, each slot in a cache line of its own, so
 * readers on different cores share no line while nobody writes. A reader may unlock on another core
 * than the one it locked on, and another goroutine may unlock for it. So a slot says nothing alone:
 * the readers are the sum of all slots and of `readers`, which counts centrally, under the lock.
 *
 * A writer takes the mutex `writers`, which puts writers in line. Then it closes the slots: it
 * swaps each for RWMUTEX_CLOSED and moves what it found there into `readers`. A slot that is closed
 * is far below 0, so a reader that comes to it goes the slow way. What such a reader adds to the
 * slot or takes from it is void, because the writer opens a slot by storing 0: the reader counts
 * itself under the lock instead. For each slot, what a reader adds comes before the swap, which
 * moves it, or after the swap, and then the reader finds RWMUTEX_CLOSED. So nobody is counted twice
 * or forgotten, and no fence between two words is needed. The last reader that leaves wakes the
 * writer. A reader that comes while the slots are closed waits. A writer that unlocks opens the
 * slots and wakes all who wait, and only then lets the next writer in. So a writer that waits stops
 * new readers, and readers do not starve.
 *
 * An unlock may find its slot below 0 although the slot is open. Either the reader had locked on
 * another core, or nobody had locked. To learn which, the unlock closes and opens the slots under
 * the lock. With the slots closed `readers` is exact, because every unlock until then was of a
 * reader that had been counted. So a `readers` below 0 is misuse. Afterwards all slots are 0, so a
 * reader that changed cores costs this once.
 *
 * Orders
 *   R1 acquire  slot in rlock     <- R2   a reader sees what the writer wrote
 *   R2 release  slot in open      -> R1
 *   R3 release  slot in runlock   -> R4   the reader has read what it wanted
 *   R4 acquire  slot in close     <- R3 */
#include "base/atomic.h"
#include "base/panic.h"
#include "sched/sched.h"
#include "skein.h"
#include "sync/waitq.h"

_Static_assert(sizeof(((struct rwmutex *)0)->slot) == GO_SLOTS * sizeof(struct go_slot),
               "a slot for each core");
_Static_assert(GO_SLOTS == 1 || GO_SLOTS >= CONFIG_CORES, "a slot for each core");
_Static_assert(offsetof(struct core, index) == GO_CORE_INDEX, "skein/sync_impl.h reads it");

/* waitq.word: 0, or what the writer does that has closed the slots. */
enum { WAITS_TO_WRITE = 1, WRITES = 2 };

/* Context: any. */
unsigned go_core_index_slow(void)
{
	return arch_core()->index;
}

static inline unsigned slots(void)
{
	return GO_SLOTS == 1 ? 1 : core_count;
}

/* Under the lock. */
static void close_slots(struct rwmutex *rw)
{
	for (unsigned i = 0; i < slots(); i++)
		rw->readers += swap_acquire(&rw->slot[i].word, RWMUTEX_CLOSED); /* R4 */
	assert_that(rw->readers >= 0, "rwmutex_runlock: rwmutex %p is not locked by a reader",
	            (void *)rw);
}

/* Under the lock. */
static void open_slots(struct rwmutex *rw)
{
	for (unsigned i = 0; i < slots(); i++)
		store_release(&rw->slot[i].word, 0); /* R2 */
}

static inline bool is_closed(struct rwmutex *rw)
{
	return load_relaxed(&rw->waitq.word);
}

/* Readers. */

/* Was this in the slot while it was closed? Else a count below 0: the reader before has moved. */
static inline bool was_closed(uint32_t word)
{
	return (int32_t)word < (int32_t)RWMUTEX_CLOSED / 2;
}

/* Context: any. */
bool rwmutex_try_rlock_slow(struct rwmutex *rw, uint32_t before)
{
	unsigned long was;
	bool closed;

	if (!was_closed(before))
		return true;
	was = arch_irq_off();
	waitq_lock(&rw->waitq);
	closed = is_closed(rw);
	if (closed)
		store_relaxed(rwmutex_slot(rw), RWMUTEX_CLOSED); /* or tries would add up */
	rw->readers += !closed;
	waitq_unlock(&rw->waitq);
	arch_irq_restore(was);
	return !closed;
}

/* Takes a reader whose limit has passed off the line. */
static bool rlock_late(struct rwmutex *rw, struct go_waiter *w)
{
	unsigned long was = arch_irq_off();

	waitq_lock(&rw->waitq);
	waitq_leave(&rw->waitq, w);
	waitq_unlock(&rw->waitq);
	arch_irq_restore(was);
	return rwmutex_try_rlock_slow(rw, RWMUTEX_CLOSED);
}

static noinline bool rlock_until(struct rwmutex *rw, uint32_t before, uint64_t end)
{
	struct go_waiter w;
	unsigned long was;

	arch_touch_stack();
	if (!was_closed(before))
		return true;
	w.since = 0;
	was = arch_irq_off();
	waitq_lock(&rw->waitq);
	if (!is_closed(rw)) {
		rw->readers++;
		waitq_unlock(&rw->waitq);
		arch_irq_restore(was);
		return true;
	}
	waitq_wait(&rw->waitq, G_RLOCK, &w, end);
	arch_irq_restore(was);
	return arch_self()->result != RESULT_TIMEOUT || rlock_late(rw, &w);
}

/* Context: goroutine; may park. */
leaf void rwmutex_rlock_slow(struct rwmutex *rw, uint32_t before)
{
	rlock_until(rw, before, NEVER);
}

/* Context: goroutine; may park. */
bool rwmutex_rlock_for(struct rwmutex *rw, go_time limit)
{
	return rwmutex_try_rlock(rw) ||
	       (limit > 0 && rlock_until(rw, RWMUTEX_CLOSED, deadline(limit)));
}

/* The writer that waits, if no reader is left and its timer was not first. Under the lock. */
static struct g *claim_writer(struct rwmutex *rw)
{
	struct g *g = rw->writer;

	if (rw->readers || !g || !cas_relaxed(&g->claim, CLAIM_OPEN, CLAIM_TAKEN))
		return 0;
	rw->writer = 0;
	store_relaxed(&rw->waitq.word, WRITES);
	return g;
}

/* Context: goroutine. */
noinline void rwmutex_runlock_slow(struct rwmutex *rw, uint32_t after)
{
	unsigned long was;
	struct g *g;

	arch_touch_stack();
	was = arch_irq_off();
	waitq_lock(&rw->waitq);
	rw->readers -= was_closed(after);
	if (!is_closed(rw)) {
		close_slots(rw);
		open_slots(rw);
	}
	assert_that(rw->readers >= 0, "rwmutex_runlock: rwmutex %p is not locked by a reader",
	            (void *)rw);
	g = claim_writer(rw);
	waitq_unlock(&rw->waitq);
	if (g)
		ready(g, was);
	else
		arch_irq_restore(was);
}

/* Writers. */

/* Closes the slots, if no reader is left or the caller will wait. Returns whether it may write.
 * Under the lock. */
static bool close_for(struct rwmutex *rw, bool will_wait)
{
	bool free;

	close_slots(rw);
	free = rw->readers == 0;
	if (free || will_wait)
		store_relaxed(&rw->waitq.word, free ? WRITES : WAITS_TO_WRITE);
	else
		open_slots(rw);
	return free;
}

/* Opens the slots, lets in the readers that wait, and lets the next writer come. */
static void reopen(struct rwmutex *rw)
{
	bool more;

	arch_touch_stack();
	do {
		unsigned long was = arch_irq_off();
		struct go_waiter *w;

		waitq_lock(&rw->waitq);
		if (is_closed(rw))
			open_slots(rw);
		store_relaxed(&rw->waitq.word, 0);
		w = waitq_claim(&rw->waitq);
		rw->readers += w != 0;
		more = rw->waitq.first;
		waitq_unlock(&rw->waitq);
		if (w)
			ready(w->g, was);
		else
			arch_irq_restore(was);
	} while (more);
	mutex_unlock(&rw->writers);
}

/* Waits, under the lock, for the last reader. False when `end` has come first. */
static bool await_readers(struct rwmutex *rw, unsigned long was, uint64_t end)
{
	struct g *g = rw->writer = arch_self();
	bool late;

	g->result = 0;
	store_relaxed(&g->claim, CLAIM_OPEN);
	park_until(G_RWLOCK, rw, commit_unlock, &rw->waitq.lock, end);
	arch_irq_restore(was);
	if (g->result != RESULT_TIMEOUT)
		return true;
	was = arch_irq_off();
	waitq_lock(&rw->waitq);
	rw->writer = 0;
	late = rw->readers != 0;
	if (!late)
		store_relaxed(&rw->waitq.word, WRITES);
	waitq_unlock(&rw->waitq);
	arch_irq_restore(was);
	if (late)
		reopen(rw);
	return !late;
}

static noinline bool lock_until(struct rwmutex *rw, uint64_t end)
{
	unsigned long was;

	arch_touch_stack();
	if (!mutex_lock_until(&rw->writers, end))
		return false;
	was = arch_irq_off();
	waitq_lock(&rw->waitq);
	if (!close_for(rw, true))
		return await_readers(rw, was, end);
	waitq_unlock(&rw->waitq);
	arch_irq_restore(was);
	return true;
}

/* Context: any. */
bool rwmutex_try_lock(struct rwmutex *rw)
{
	unsigned long was;
	bool got;

	if (!mutex_try_lock(&rw->writers))
		return false;
	was = arch_irq_off();
	waitq_lock(&rw->waitq);
	got = close_for(rw, false);
	waitq_unlock(&rw->waitq);
	arch_irq_restore(was);
	if (!got)
		mutex_unlock(&rw->writers);
	return got;
}

/* Context: goroutine; may park. */
void rwmutex_lock(struct rwmutex *rw)
{
	lock_until(rw, NEVER);
}

/* Context: goroutine; may park. */
bool rwmutex_lock_for(struct rwmutex *rw, go_time limit)
{
	return limit > 0 ? lock_until(rw, deadline(limit)) : rwmutex_try_lock(rw);
}

/* Context: goroutine. */
void rwmutex_unlock(struct rwmutex *rw)
{
	assert_that(load_relaxed(&rw->waitq.word) == WRITES,
	            "rwmutex_unlock: rwmutex %p is not locked by a writer", (void *)rw);
	reopen(rw);
}

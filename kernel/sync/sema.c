/* Weighted semaphore.
 *
 * While nobody waits, a semaphore's word holds its permits, and the fast paths are a
 * compare-and-swap in skein/sync_impl.h. While a goroutine waits the word is SEMA_WAITED, which
 * sends everybody the slow way, and the permits stand in a field that the lock guards. So nobody
 * overtakes the line: a releaser adds its permits there, and hands them to the first in line for as
 * long as they suffice for it.
 *
 * A releaser serves one waiter each time that it holds the lock. When nobody waits any more it
 * takes what is left out, lets the lock go, and gives it back by a compare-and-swap. That is its
 * last touch, because who gets the last permit may free the semaphore. Interrupts stay masked
 * meanwhile, so these permits are gone for some instructions only.
 *
 * A waiter whose limit has passed takes itself off the line. It may have been the one that wanted
 * too much, so it serves those behind it as a releaser of 0 permits.
 *
 * Orders
 *   E1 acquire  word in take      <- E2   what was written before a release is visible to who takes
 *               and in flag               the permit, and to who is woken by a later release
 *   E2 release  word in give      -> E1 */
#include "base/atomic.h"
#include "base/panic.h"
#include "sched/sched.h"
#include "skein.h"
#include "sync/waitq.h"

struct sema_waiter {
	struct go_waiter line; /* first: leads to it */
	uint32_t n;
};

static inline struct sema_waiter *first_of(struct sema *s)
{
	return (struct sema_waiter *)s->waitq.first;
}

static inline bool is_waited(struct sema *s)
{
	return load_relaxed(&s->waitq.word) == SEMA_WAITED;
}

static void check_n(const char *what, struct sema *s, uint32_t n)
{
	assert_that(n <= SEMA_MOST, "%s: %u permits of semaphore %p: there are at most %u", what,
	            (unsigned)n, (void *)s, (unsigned)SEMA_MOST);
}

static void check_sum(struct sema *s, uint32_t permits, uint32_t n)
{
	assert_that(n <= INT32_MAX - permits,
	            "sema_release: semaphore %p has %u permits, and %u more are above %d: release "
	            "only what was acquired",
	            (void *)s, (unsigned)permits, (unsigned)n, (int)INT32_MAX);
}

/* Release. */

/* False: a goroutine waits. */
static bool give(struct sema *s, uint32_t n)
{
	uint32_t word;

	do {
		word = load_relaxed(&s->waitq.word);
		if (word == SEMA_WAITED)
			return false;
		check_sum(s, word, n);
	} while (!cas_release(&s->waitq.word, word, word + n)); /* E2 */
	return true;
}

static inline bool serves_first(struct sema *s)
{
	return first_of(s) && first_of(s)->n <= s->permits;
}

/* Hands permits to the first in line. Returns it, or null: they do not suffice, or its timer was
 * first. Under the lock. */
static struct g *serve(struct sema *s)
{
	for (unsigned i = 0; i < CONFIG_WAKE_BATCH && serves_first(s); i++) {
		struct sema_waiter *w = first_of(s);

		if (waitq_take(&s->waitq, &w->line)) {
			s->permits -= w->n;
			return w->line.g;
		}
	}
	return 0;
}

/* When nobody waits any more, takes all permits out and returns them. Under the lock. */
static uint32_t rest_of(struct sema *s)
{
	uint32_t rest = s->permits;

	if (first_of(s))
		return 0;
	s->permits = 0;
	store_relaxed(&s->waitq.word, 0);
	return rest;
}

/* Adds n permits and serves the line. */
static void settle(struct sema *s, uint32_t n)
{
	bool again;

	do {
		unsigned long was = arch_irq_off();
		struct g *g = 0;

		waitq_lock(&s->waitq);
		again = false;
		if (is_waited(s)) {
			check_sum(s, s->permits, n);
			s->permits += n;
			g = serve(s);
			again = serves_first(s);
			n = rest_of(s);
		}
		waitq_unlock(&s->waitq);
		if (n && !give(s, n))
			again = true;
		else
			n = 0;
		if (g)
			ready(g, was);
		else
			arch_irq_restore(was);
	} while (again);
}

/* Context: any. */
noinline void sema_release_slow(struct sema *s, uint32_t n)
{
	check_n("sema_release", s, n);
	arch_touch_stack();
	if (!give(s, n))
		settle(s, n);
}

/* Acquire. */

static bool take(struct sema *s, uint32_t n)
{
	uint32_t word;

	while ((int32_t)((word = load_relaxed(&s->waitq.word)) - n) >= 0)
		if (cas_acquire(&s->waitq.word, word, word - n)) /* E1 */
			return true;
	return false;
}

/* Context: any. */
bool sema_try_acquire_slow(struct sema *s, uint32_t n)
{
	check_n("sema_try_acquire", s, n);
	return take(s, n);
}

/* Takes the permits, or says that a goroutine waits. Under the lock. */
static bool take_or_flag(struct sema *s, uint32_t n)
{
	uint32_t word;

	do {
		if (take(s, n))
			return true;
		word = load_relaxed(&s->waitq.word);
		if (word == SEMA_WAITED)
			return false;
	} while (word >= n || !cas_acquire(&s->waitq.word, word, SEMA_WAITED)); /* E1 */
	s->permits = word;
	return false;
}

/* False: `end` has come first, and the line is to be served. */
static noinline bool acquire_until(struct sema *s, uint32_t n, uint64_t end)
{
	struct sema_waiter w;
	unsigned long was;

	arch_touch_stack();
	check_n("sema_acquire", s, n);
	w.line.since = 0;
	w.n = n;
	was = arch_irq_off();
	waitq_lock(&s->waitq);
	if (take_or_flag(s, n)) {
		waitq_unlock(&s->waitq);
		arch_irq_restore(was);
		return true;
	}
	waitq_wait(&s->waitq, G_SEMA, &w.line, end);
	arch_irq_restore(was);
	if (arch_self()->result != RESULT_TIMEOUT)
		return true;
	was = arch_irq_off();
	waitq_lock(&s->waitq);
	waitq_leave(&s->waitq, &w.line);
	waitq_unlock(&s->waitq);
	arch_irq_restore(was);
	return false;
}

/* Context: goroutine; may park. */
bool sema_acquire_for(struct sema *s, uint32_t n, go_time limit)
{
	if (sema_try_acquire(s, n) || (limit > 0 && acquire_until(s, n, deadline(limit))))
		return true;
	if (limit > 0)
		settle(s, 0);
	return false;
}

/* Context: goroutine; may park. */
leaf void sema_acquire_slow(struct sema *s, uint32_t n)
{
	acquire_until(s, n, NEVER);
}

/* Condition variable.
 *
 * A waiter takes a place in the line, unlocks the mutex, and parks. Between these it can be
 * signalled while it still runs. It is in the line with the claim LISTING then. Whoever signals it
 * takes it off the line and leaves it running; the waiter finds itself off the line and does not
 * park. Only the waiter changes LISTING, under the lock.
 *
 * The word counts the broadcasts. A waiter notes the count when it takes its place. So a broadcast
 * wakes those who were in line when it began, not those who come again meanwhile. */
#include "base/atomic.h"
#include "base/panic.h"
#include "sched/sched.h"
#include "skein.h"
#include "sync/waitq.h"

struct cond_waiter {
	struct go_waiter line; /* first: leads to it */
	uint32_t broadcasts;   /* before it came */
};

enum woken { NOBODY, TIMED_OUT, RUNNING, PARKED };

/* Takes the first off the line, and claims it. Under the lock. */
static enum woken wake_first(struct cond *c, struct g **g)
{
	struct go_waiter *w = c->waitq.first;
	bool running;

	if (!w)
		return NOBODY;
	*g = w->g;
	running = load_relaxed(&w->g->claim) == CLAIM_LISTING;
	if (waitq_take(&c->waitq, w))
		return PARKED;
	return running ? RUNNING : TIMED_OUT;
}

static inline void go_on(enum woken woken, struct g *g, unsigned long was)
{
	if (woken == PARKED)
		ready(g, was);
	else
		arch_irq_restore(was);
}

static noinline void signal_slowly(struct cond *c)
{
	enum woken woken;
	struct g *g = 0;

	arch_touch_stack();
	do {
		unsigned long was = arch_irq_off();

		waitq_lock(&c->waitq);
		woken = wake_first(c, &g);
		waitq_unlock(&c->waitq);
		go_on(woken, g, was);
	} while (woken == TIMED_OUT);
}

/* The first has parked, and its timer is not first: as a rule.
 * Context: any. */
leaf void cond_signal(struct cond *c)
{
	unsigned long was = arch_irq_off();
	struct go_waiter *w;
	struct g *g;

	if (!CONFIG_CHECK && likely(lock_try((struct lock *)&c->waitq.lock))) {
		w = c->waitq.first;
		g = w ? w->g : 0;
		if (g && cas_relaxed(&g->claim, CLAIM_OPEN, CLAIM_TAKEN)) {
			waitq_take_out(&c->waitq, w);
			waitq_unlock(&c->waitq);
			ready(g, was);
			return;
		}
		waitq_unlock(&c->waitq);
	}
	arch_irq_restore(was);
	signal_slowly(c);
}

/* Did the first in line come before the broadcast of this number? Under the lock. */
static inline bool came_before(struct cond *c, uint32_t number)
{
	struct cond_waiter *w = (struct cond_waiter *)c->waitq.first;

	return w && (int32_t)(w->broadcasts - number) < 0;
}

/* Context: any. */
void cond_broadcast(struct cond *c)
{
	uint32_t number = 0;
	struct g *g = 0;
	bool more;

	arch_touch_stack();
	do {
		unsigned long was = arch_irq_off();
		enum woken woken = NOBODY;

		waitq_lock(&c->waitq);
		if (!number) {
			number = load_relaxed(&c->waitq.word) + 1;
			number += !number;
			store_relaxed(&c->waitq.word, number);
		}
		if (came_before(c, number))
			woken = wake_first(c, &g);
		more = came_before(c, number);
		waitq_unlock(&c->waitq);
		go_on(woken, g, was);
	} while (more);
}

/* Last in line, and still running. */
static void take_place(struct cond *c, struct cond_waiter *w)
{
	unsigned long was = arch_irq_off();

	store_relaxed(&arch_self()->claim, CLAIM_LISTING);
	waitq_lock(&c->waitq);
	w->broadcasts = load_relaxed(&c->waitq.word);
	waitq_join(&c->waitq, &w->line);
	waitq_unlock(&c->waitq);
	arch_irq_restore(was);
}

/* False: `end` has come first. */
static bool await_signal(struct cond *c, struct cond_waiter *w, uint64_t end)
{
	unsigned long was = arch_irq_off();
	bool signalled;

	waitq_lock(&c->waitq);
	if (!waitq_listed(&w->line)) {
		waitq_unlock(&c->waitq);
		arch_irq_restore(was);
		return true;
	}
	waitq_park(&c->waitq, G_COND, end);
	signalled = arch_self()->result != RESULT_TIMEOUT;
	if (!signalled) {
		waitq_lock(&c->waitq);
		waitq_leave(&c->waitq, &w->line);
		waitq_unlock(&c->waitq);
	}
	arch_irq_restore(was);
	return signalled;
}

/* Returns without m. False: `end` has come first. */
static noinline bool wait_until(struct cond *c, struct mutex *m, uint64_t end)
{
	struct cond_waiter w;

	if (g_off_depth(arch_self()))
		park_refused(G_COND);
	assert_that(load_relaxed(&m->waitq.word),
	            "cond_wait: mutex %p is not locked: lock it before", (void *)m);
	arch_touch_stack();
	take_place(c, &w);
	mutex_unlock(m);
	return await_signal(c, &w, end);
}

/* Context: goroutine; may park. */
void cond_wait(struct cond *c, struct mutex *m)
{
	wait_until(c, m, NEVER);
	mutex_lock(m);
}

/* Context: goroutine; may park. */
bool cond_wait_for(struct cond *c, struct mutex *m, go_time limit)
{
	bool signalled;

	if (limit <= 0)
		return false;
	signalled = wait_until(c, m, deadline(limit));
	mutex_lock(m);
	return signalled;
}

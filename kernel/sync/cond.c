/* Condition variable.
 *
 * A waiter takes a place in the line, unlocks the mutex, and parks. Between these it can be
 * signalled while it still runs. It is in the line with the claim LISTING then. Whoever signals it
 * takes it off the line and leaves it running; the waiter finds itself off the line and does not park.
 * Only the waiter changes LISTING, under the lock.
 *
 * The word counts the places that were ever taken. A broadcast reads it first, and wakes those who
 * had a place by then, not those who come again meanwhile. It claims all before it readies the first:
 * a woken waiter may free the cond. */
#include "base/atomic.h"
#include "base/panic.h"
#include "sched/sched.h"
#include "skein.h"
#include "sync/waitq.h"

struct cond_waiter {
	struct go_waiter line; /* first: leads to it */
	uint32_t place;
};

/* Who is woken. */
enum woken { NOBODY, RUNNING, PARKED };

/* Takes the first off the line, whose place is before `end`, and claims it. Under the lock. */
static enum woken wake_first(struct cond *c, uint32_t end, struct g **g)
{
	for (unsigned i = 0; i < CONFIG_WAKE_BATCH && c->waitq.first; i++) {
		struct cond_waiter *w = (struct cond_waiter *)c->waitq.first;
		bool running = load_relaxed(&w->line.g->claim) == CLAIM_LISTING;

		if ((int32_t)(w->place - end) >= 0)
			return NOBODY;
		*g = w->line.g;
		if (waitq_take(&c->waitq, &w->line))
			return PARKED;
		if (running)
			return RUNNING;
	}
	return NOBODY;
}

/* Is somebody in the line whose place is before `end`? Under the lock. */
static inline bool more_before(struct cond *c, uint32_t end)
{
	struct cond_waiter *w = (struct cond_waiter *)c->waitq.first;

	return w && (int32_t)(w->place - end) < 0;
}

static noinline void signal_slowly(struct cond *c)
{
	enum woken woken;
	struct g *g = 0;
	bool again;

	arch_touch_stack();
	do {
		unsigned long was = arch_irq_off();

		waitq_lock(&c->waitq);
		woken = wake_first(c, load_relaxed(&c->waitq.word), &g);
		again = woken == NOBODY && c->waitq.first;
		waitq_unlock(&c->waitq);
		if (woken == PARKED)
			ready(g, was);
		else
			arch_irq_restore(was);
	} while (again);
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

/* Claims all who have a place by now, chained by g->next: see waitq_wake_all. */
static struct g *claim_all(struct cond *c)
{
	struct g *all = 0, **end = &all, *g = 0;
	uint32_t last = load_relaxed(&c->waitq.word);
	bool more;

	do {
		unsigned long was = arch_irq_off();

		waitq_lock(&c->waitq);
		if (wake_first(c, last, &g) == PARKED) {
			*end = g;
			end = &g->next;
		}
		more = more_before(c, last);
		waitq_unlock(&c->waitq);
		arch_irq_restore(was);
	} while (more);
	*end = 0;
	return all;
}

/* Context: any. */
void cond_broadcast(struct cond *c)
{
	struct g *g, *next;

	arch_touch_stack();
	for (g = claim_all(c); g; g = next) {
		next = g->next;
		ready(g, arch_irq_off());
	}
}

/* Last in line, and still running. */
static void take_place(struct cond *c, struct cond_waiter *w)
{
	unsigned long was = arch_irq_off();

	store_relaxed(&arch_self()->claim, CLAIM_LISTING);
	waitq_lock(&c->waitq);
	w->place = load_relaxed(&c->waitq.word);
	store_relaxed(&c->waitq.word, w->place + 1);
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

	if (arch_self()->preempt_off)
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

/* The goroutines that wait on a channel: its two lists, and claiming who is on them. Invariants:
 * chan.c.
 *
 * Orders
 *   C4 acquire  claim OPEN to TAKEN  <- C3   it is off its stack, its context saved (select.c) */
#ifndef SKEIN_WAITER_H
#define SKEIN_WAITER_H
#include "chan.h"

/* The result of a waiter that stands in no other list and has no timer: taking it off is the
 * claim. */
#define WAITER_SOLE (UINT32_MAX - 1)

/* Whom an operation claimed: to be woken when the lock is free. */
struct wake {
	struct g *g;    /* null: nobody */
	struct g *busy; /* could not be claimed now: to be waited for when the lock is free */
	bool listing;   /* it has not parked: a select that is still listing */
	unsigned long was;
};

struct chan_case *waiter_claim(struct channel *, enum chan_direction, struct wake *, bool *again);
void waiter_wake(struct wake *, unsigned long was); /* without CHAN; then arch_irq_restore(was) */
/* without CHAN: the busy one, if there was one, for a while */
void waiter_await(struct wake *);

static inline struct chan_waiters *list_of(struct channel *c, enum chan_direction d)
{
	return d == CHAN_SENDS ? &c->senders : &c->receivers;
}

static inline uint32_t bit_of(enum chan_direction d)
{
	return d == CHAN_SENDS ? CHAN_SENDERS_BIT : CHAN_RECEIVERS_BIT;
}

static inline void enlist(struct channel *c, enum chan_direction d, struct chan_case *w)
{
	struct chan_waiters *list = list_of(c, d);
	struct chan_case *last = list->last;

	w->next = 0;
	w->before = last;
	list->last = w;
	if (last) {
		last->next = w;
		return;
	}
	list->first = w;
	store_relaxed(&c->state, c->state | bit_of(d));
}

static inline void take_off(struct channel *c, enum chan_direction d, struct chan_case *w)
{
	struct chan_waiters *list = list_of(c, d);
	struct chan_case *next = w->next, *before = w->before;

	if (likely(!next && !before)) {
		*list = (struct chan_waiters){0};
		store_relaxed(&c->state, c->state & ~bit_of(d));
		return;
	}
	*(next ? &next->before : &list->last) = before;
	*(before ? &before->next : &list->first) = next;
}

/* The first of its list. */
static inline void take_first(struct channel *c, enum chan_direction d, struct chan_case *w)
{
	struct chan_waiters *list = list_of(c, d);
	struct chan_case *next = list->first = w->next;

	if (next) {
		next->before = 0;
		return;
	}
	list->last = 0;
	store_relaxed(&c->state, c->state & ~bit_of(d));
}

/* One try, for a waiter that nobody else wants; the rest is waiter_claim's. */
static inline bool claim_simple(struct chan_case *w)
{
	uint32_t *claim = &w->g->claim;

	return w->result == WAITER_SOLE || (load_relaxed(claim) == CLAIM_OPEN &&
	                                    cas_acquire(claim, CLAIM_OPEN, CLAIM_TAKEN)); /* C4 */
}

/* What a claimer leaves: which case, and whether a value came or went. */
static inline void leave_result(const struct chan_case *w, struct g *g, bool ok)
{
	g->result = (int32_t)(w->result | ok);
}

#endif

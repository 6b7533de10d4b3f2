/* The goroutines that wait on a channel: its two lists, and claiming a waiter. Invariants: chan.c.
 *
 * Orders
 *   C4 acquire  claim OPEN to TAKEN  <- C3   it is off its stack, its context saved (select.c) */
#ifndef SKEIN_WAITER_H
#define SKEIN_WAITER_H
#include "sched/sched.h"
#include "sync/chan.h"

/* The `result` of a node whose waiter stands in no other list and has no timer: taking the node off
 * the list is the claim. */
#define WAITER_SOLE (UINT32_MAX - 1)

struct chan_case *waiter_claim(struct channel *, enum chan_direction, struct g **other);
/* Without CHAN: lets a claimed waiter go on; then arch_irq_restore(was). Returns 1, CHAN_OK. */
unsigned waiter_wake(struct g *, unsigned long was);
/* Without CHAN: waits a while for a goroutine that could not be claimed. */
void waiter_await(const struct g *);

static inline struct chan_waiters *list_of(struct channel *c, enum chan_direction d)
{
	return d == CHAN_SENDS ? &c->senders : &c->receivers;
}

static inline enum chan_direction opposite(enum chan_direction d)
{
	return d == CHAN_SENDS ? CHAN_RECEIVES : CHAN_SENDS;
}

static inline uint32_t bit_of(enum chan_direction d)
{
	return CHAN_RECEIVERS_BIT >> d;
}

/* Lists w last. True: w is the only one. */
static inline bool enlist(struct channel *c, enum chan_direction d, struct chan_case *w)
{
	struct chan_waiters *list = list_of(c, d);
	struct chan_case *last = list->last;

	w->next = 0;
	w->before = last;
	list->last = w;
	if (last) {
		last->next = w;
		return false;
	}
	list->first = w;
	store_relaxed(&c->state, c->state | bit_of(d));
	return true;
}

/* Lists w before next, which is listed. */
static inline void enlist_before(struct channel *c, enum chan_direction d, struct chan_case *w,
                                 struct chan_case *next)
{
	struct chan_case *before = next->before;

	w->next = next;
	w->before = before;
	next->before = w;
	*(before ? &before->next : &list_of(c, d)->first) = w;
}

/* Takes w off its list. A node that a claimer has dropped points to itself, and is off already. */
static inline void take_off(struct channel *c, enum chan_direction d, struct chan_case *w)
{
	struct chan_waiters *list = list_of(c, d);
	struct chan_case *next = w->next, *before = w->before;

	if (likely(!next && !before)) {
		*list = (struct chan_waiters){0};
		store_relaxed(&c->state, c->state & ~bit_of(d));
		return;
	}
	if (unlikely(next == w)) {
		c->dropped--;
		return;
	}
	*(next ? &next->before : &list->last) = before;
	*(before ? &before->next : &list->first) = next;
}

static inline void unlist(struct channel *c, enum chan_direction d, struct chan_case *w)
{
	unsigned long was = arch_irq_off();

	chan_lock(c);
	take_off(c, d, w);
	chan_unlock(c);
	arch_irq_restore(was);
}

/* Takes w off, the first of its list. */
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

/* Tries once, for a waiter that nobody else claims; waiter_claim handles the rest. */
static inline bool claim_simple(struct chan_case *w)
{
	uint32_t *claim = &w->g->claim;

	return w->result == WAITER_SOLE || (load_relaxed(claim) == CLAIM_OPEN &&
	                                    cas_acquire(claim, CLAIM_OPEN, CLAIM_TAKEN)); /* C4 */
}

/* Is w a select that has been claimed elsewhere, with no waiter behind it? A goroutine may wait on
 * the other list meanwhile. */
static inline bool claimed_alone(const struct chan_case *w)
{
	return !w->next && w->result != WAITER_SOLE && load_relaxed(&w->g->claim) >= CLAIM_TAKEN;
}

/* The claimer tells the waiter which case ran, and whether a value was passed. */
static inline void leave_result(const struct chan_case *w, struct g *g, bool ok)
{
	g->result = (int32_t)(w->result | ok);
}

/* Ends an operation that has served w, the first of its list, whose goroutine is g. */
static inline unsigned leave_and_wake(struct channel *c, enum chan_direction d, struct chan_case *w,
                                      struct g *g, unsigned long was)
{
	leave_result(w, g, true);
	take_first(c, d, w);
	chan_unlock(c);
	return ready(g, was); /* CHAN_OK */
}

#endif

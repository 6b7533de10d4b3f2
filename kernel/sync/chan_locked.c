/* The locked way of a value: every element, in every state of the channel. It passes the value, or
 * goes on to the waiting way (chan_wait.c). */
#include "base/race.h"
#include "sched/sched.h"
#include "sync/bubble.h"
#include "sync/chan.h"
#include "sync/waiter.h"

/* The steps, in the order of the page. */
static inline __attribute__((always_inline)) enum chan_result
locked_way(struct channel *, enum chan_direction, void *value, bool waits, const uint64_t *end);
static unsigned closed(struct channel *, enum chan_direction);
static bool is_over(const struct channel *, enum chan_direction);
static inline enum chan_result send_locked(struct channel *, const void *value, struct g **other);
static inline enum chan_result recv_locked(struct channel *, void *value, struct g **other);

/* Two functions, so that an attempt takes none of the stack that a wait may take.
 * Context: goroutine; may park. */
noinline enum chan_result chan_locked_block(struct channel *c, enum chan_direction d, void *value,
                                            const uint64_t *end)
{
	return locked_way(c, d, value, true, end);
}

/* Context: any. */
noinline enum chan_result chan_locked_attempt(struct channel *c, enum chan_direction d, void *value)
{
	return locked_way(c, d, value, false, 0);
}

/* A waiter that cannot be claimed yet sends the operation back to its start, without the lock. */
static inline __attribute__((always_inline)) enum chan_result
locked_way(struct channel *c, enum chan_direction d, void *value, bool waits, const uint64_t *end)
{
	enum chan_result r;
	struct g *wake; /* apart from `other`, which lies in memory: the ends below are jumps */
	unsigned long was;

	for (;;) {
		struct g *other;

		was = arch_irq_off();
		chan_lock(c);
		r = chan_do(c, d, value, &other);
		wake = other;
		if (likely(r != CHAN_RETRY))
			break;
		chan_unlock(c);
		arch_irq_restore(was);
		waiter_await(wake);
	}
	if (waits && r == CHAN_NOT_READY) {
		if (end)
			return chan_wait_until(c, d, value, end);
		return d == CHAN_SENDS ? chan_wait_send(c, value) : chan_wait_recv(c, value);
	}
	chan_unlock(c);
	if (wake)
		return waiter_wake(wake, was); /* CHAN_OK */
	arch_irq_restore(was);
	if (waits && unlikely(r == CHAN_CLOSED) && !end)
		return closed(c, d);
	return r;
}

/* Without a limit a send on a closed channel panics, and a receive from it returns 0. */
static noinline unsigned closed(struct channel *c, enum chan_direction d)
{
	if (d == CHAN_SENDS)
		chan_send_refused(c);
	return 0;
}

/* Context: masked, under CHAN. */
noinline enum chan_result chan_do(struct channel *c, enum chan_direction d, void *value,
                                  struct g **other)
{
	*other = 0;
	if (unlikely(c->state & CHAN_ASIDE_BIT) && is_over(c, d)) {
		if (d == CHAN_RECEIVES) {
			chan_zero(c, value);
			race_closed(c, 0);
		}
		return CHAN_CLOSED;
	}
	return d == CHAN_SENDS ? send_locked(c, value, other) : recv_locked(c, value, other);
}

static inline void copy(const struct channel *c, void *to, const void *from)
{
	if (likely(c->kind == CHAN_WORD))
		*(chan_word *)to = *(const chan_word *)from;
	else
		chan_copy(to, from, c->size);
}

static inline void fill(struct channel *c, const void *value)
{
	copy(c, chan_slot(c, c->write), value);
	c->write = chan_after(c, c->write);
}

/* A channel that is closed or of a bubble: is it closed, with no value left to receive? */
static noinline bool is_over(const struct channel *c, enum chan_direction d)
{
	bubble_admits(c);
	return c->state & CHAN_CLOSED_BIT && (d == CHAN_SENDS || !(c->state & CHAN_COUNT));
}

static inline enum chan_result send_locked(struct channel *c, const void *value, struct g **other)
{
	struct chan_case *w;

	if (c->state & CHAN_RECEIVERS_BIT) {
		w = waiter_claim(c, CHAN_RECEIVES, other);
		if (likely(w)) {
			if (w->target)
				copy(c, w->target, value);
			race_pass(c, *other);
			leave_result(w, *other, true);
			return CHAN_OK;
		}
		if (*other)
			return CHAN_RETRY;
	}
	if ((c->state & CHAN_COUNT) >= c->capacity)
		return CHAN_NOT_READY;
	race_slot(c, c->write, 0);
	fill(c, value);
	store_relaxed(&c->state, c->state + 1);
	return CHAN_OK;
}

static inline enum chan_result recv_locked(struct channel *c, void *value, struct g **other)
{
	uint32_t state = c->state;
	struct chan_case *w = 0;

	if (state & CHAN_SENDERS_BIT && !(state & CHAN_CLOSED_BIT)) {
		w = waiter_claim(c, CHAN_SENDS, other);
		if (!w && *other)
			return CHAN_RETRY;
	}
	if (state & CHAN_COUNT) {
		if (value)
			copy(c, value, chan_slot(c, c->read));
		race_slot(c, c->read, 0);
		c->read = chan_after(c, c->read);
		if (w) { /* a slot is free: the sender that has waited longest fills it */
			race_slot(c, c->write, *other);
			fill(c, w->target);
		} else {
			store_relaxed(&c->state, c->state - 1);
		}
	} else if (w) {
		if (value)
			copy(c, value, w->target);
		race_pass(c, *other);
	} else {
		return CHAN_NOT_READY;
	}
	if (w)
		leave_result(w, *other, true);
	return CHAN_OK;
}

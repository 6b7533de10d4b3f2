/* Channels: the entry points of sending and receiving, and the fast way of a value.
 *
 * A value takes one of three ways. Each way stands in a file of its own, which reads down the page:
 *   fast     chan.c         a word, when the channel's state and its first waiter decide at once
 *   locked   chan_locked.c  every element, in every state of the channel
 *   waiting  chan_wait.c    nothing can be done now: the goroutine is listed until it is served
 * An entry point chooses the fast way or the locked one. The fast way has three ends. It passes the
 * value. Or it jumps to the waiting way with the lock held. Or it begins again on the locked way,
 * without the lock: another core held the lock, or the state is not one of the simple ones. The
 * locked way passes the value, or jumps to the waiting way. No way leads back to the one before.
 * Where the stack must stay small a step is a function of its own: the step before ends in a jump
 * to it, so the two never have a frame at once. A kernel compiled for size has no fast way.
 *
 * Claiming waiters is waiter.c, waiting on several channels select.c, making and closing channels
 * chan_make.c.
 *
 * Invariants, under the channel's lock:
 *   1 At most one of the two wait lists has an unclaimed waiter.
 *   2 Buffered values mean no unclaimed receiver; free slots mean no unclaimed sender; closed means
 *     no unclaimed waiter once chan_close has returned.
 *   3 A waiter's node lies on the waiter's stack, and so may its value. Others touch them only
 *     while they hold this lock.
 *
 * Under the lock a claimer claims the waiter, takes its node off, copies the value and writes
 * g->result. Then it unlocks and readies the waiter, and touches no node any more. A plain send or
 * receive stands in one list and has no timer, so nobody else can claim it (WAITER_SOLE): taking it
 * off the list is the claim. What the winner of a claim writes reaches the waiter through ready().
 *
 * Nothing may fault while masked, or on another goroutine's stack. So each operation first touches
 * its own stack as far down as it will reach, and checks where to store (chan_copy.c). Comments
 * mark such touches and checks by the tag A8.
 *
 * One word, `state`, holds the number of buffered values, whether the channel is closed and whether
 * waiters are listed. A look without the lock may see an old state. Under the lock one comparison
 * tells a send that there is room and no waiter to serve, and a receive that there is a value and
 * no waiting sender. */
#include "sync/chan.h"
#include "sched/sched.h"
#include "sync/waiter.h"

/* The fast way and its steps, in the order of the page. The direction is a constant in each, and so
 * is `waits`, which is false for an attempt. The fast way has no frame: it calls others only by a
 * jump at its end. */
static inline __attribute__((always_inline)) unsigned
fast_way(struct channel *, enum chan_direction, void *value, bool waits);
static inline void into_buffer(struct channel *, const void *value, uint32_t state);
static inline void out_of_buffer(struct channel *, void *value, uint32_t state);
static inline struct g *to_receiver(struct channel *, struct chan_case *, const void *value,
                                    uint32_t state);
static inline struct g *from_sender(struct channel *, struct chan_case *, void *value,
                                    uint32_t state);
static inline unsigned wait(struct channel *, enum chan_direction, void *value);
static inline unsigned begin_again(struct channel *, enum chan_direction, void *value, bool waits,
                                   unsigned long was);

/* What the fast way carries: a value of a word. Only these functions know an element's size. */

static inline bool is_carried(const struct channel *c)
{
	return !SMALL && likely(c->word);
}

static inline void touch(const void *value)
{
	(void)*(const volatile chan_word *)value;
}

static inline void carry(void *to, const void *from)
{
	*(chan_word *)to = *(const chan_word *)from;
}

static inline void *slot(struct channel *c, uint32_t i)
{
	return (chan_word *)c->buffer + i;
}

/* The entry points choose the way. They touch the stack, and the value where it is certain to be
 * used. */

static leaf noinline unsigned block_any(struct channel *c, enum chan_direction d, void *value)
{
	if (unlikely(!c))
		chan_wait_for_nothing(GO_FOREVER);
	chan_touch(c, value);
	arch_touch_stack();
	return chan_locked_block(c, d, value, 0);
}

/* The value to send was just made in the caller's frame, so the fast way may read it.
 * Context: goroutine; may park. */
leaf void chan_send_from(struct channel *c, const void *value)
{
	if (unlikely(!c) || !is_carried(c)) {
		block_any(c, CHAN_SENDS, (void *)value);
		return;
	}
	arch_touch_stack();
	fast_way(c, CHAN_SENDS, (void *)value, true);
}

/* Context: goroutine; may park. */
leaf unsigned chan_recv_to(struct channel *c, void *value)
{
	if (unlikely(!c) || unlikely(!value) || !is_carried(c))
		return block_any(c, CHAN_RECEIVES, value);
	arch_touch_stack();
	touch(value);
	return fast_way(c, CHAN_RECEIVES, value, true);
}

/* Context: any. */
leaf enum chan_result chan_try_send_from(struct channel *c, const void *value)
{
	if (!c || !looks_ready(c, CHAN_SENDS))
		return CHAN_NOT_READY;
	return chan_attempt(c, CHAN_SENDS, (void *)value);
}

/* Context: any. */
leaf enum chan_result chan_try_recv_to(struct channel *c, void *value)
{
	if (!c || !looks_ready(c, CHAN_RECEIVES))
		return CHAN_NOT_READY;
	return chan_attempt(c, CHAN_RECEIVES, value);
}

/* Receives nowhere, or where mem_holds knows of no object. */
static noinline enum chan_result attempt_elsewhere(struct channel *c, void *value)
{
	void *target = chan_target(c, value);

	return chan_missed(c, target, value, chan_locked_attempt(c, CHAN_RECEIVES, target));
}

static leaf noinline enum chan_result attempt_any(struct channel *c, enum chan_direction d,
                                                  void *value)
{
	arch_touch_stack();
	if (d == CHAN_SENDS)
		chan_touch(c, value);
	else if (unlikely(!mem_holds(value)))
		return attempt_elsewhere(c, value);
	else
		chan_touch(c, value);
	return chan_locked_attempt(c, d, value);
}

/* Context: any. */
leaf enum chan_result chan_attempt(struct channel *c, enum chan_direction d, void *value)
{
	if (!is_carried(c) || (d == CHAN_RECEIVES && unlikely(!mem_holds(value))))
		return attempt_any(c, d, value);
	arch_touch_stack();
	touch(value);
	return d == CHAN_SENDS ? fast_way(c, CHAN_SENDS, value, false)
	                       : fast_way(c, CHAN_RECEIVES, value, false);
}

static noinline enum chan_result timed(struct channel *c, enum chan_direction d, void *value,
                                       go_time limit)
{
	void *target = value;
	uint64_t end;

	arch_touch_stack();
	if (unlikely(!c)) {
		chan_wait_for_nothing(limit);
		return CHAN_NOT_READY;
	}
	end = deadline(limit);
	if (d == CHAN_RECEIVES && unlikely(!mem_holds(value)))
		target = chan_target(c, value);
	else
		chan_touch(c, value);
	return chan_missed(c, target, value, chan_locked_block(c, d, target, &end));
}

/* Context: goroutine; may park. With a limit of 0 or below: any. */
leaf enum chan_result chan_send_from_for(struct channel *c, const void *value, go_time limit)
{
	if (limit <= 0)
		return chan_try_send_from(c, value);
	return timed(c, CHAN_SENDS, (void *)value, limit);
}

/* Context: goroutine; may park. With a limit of 0 or below: any. */
leaf enum chan_result chan_recv_to_for(struct channel *c, void *value, go_time limit)
{
	if (limit <= 0)
		return chan_try_recv_to(c, value);
	return timed(c, CHAN_RECEIVES, value, limit);
}

/* The fast way. */

/* True when the value goes into the buffer or comes out of it, and nobody waits to be served. */
static inline bool is_buffered(const struct channel *c, enum chan_direction d, uint32_t state)
{
	return d == CHAN_SENDS ? state < c->capacity : state - 1 < CHAN_COUNT;
}

/* True when the state, without the bit of one list, is that of an open channel that is full for a
 * send, or empty for a receive. */
static inline bool is_stuck(const struct channel *c, enum chan_direction d, uint32_t state)
{
	return state == (d == CHAN_SENDS ? c->capacity : 0);
}

static inline unsigned fast_way(struct channel *c, enum chan_direction d, void *value, bool waits)
{
	unsigned long was = arch_irq_off();
	struct chan_case *w;
	uint32_t state;
	struct g *g;

	if (unlikely(!chan_lock_try(c)))
		return begin_again(c, d, value, waits, was);
	state = c->state;
	if (is_buffered(c, d, state)) {
		if (d == CHAN_SENDS)
			into_buffer(c, value, state);
		else
			out_of_buffer(c, value, state);
		chan_unlock(c);
		arch_irq_restore(was);
		return CHAN_OK;
	}
	if (waits && is_stuck(c, d, state & ~bit_of(d)))
		return wait(c, d, value);
	w = list_of(c, opposite(d))->first;
	if (likely(w)) {
		g = d == CHAN_SENDS ? to_receiver(c, w, value, state)
		                    : from_sender(c, w, value, state);
		if (likely(g)) {
			chan_unlock(c);
			return ready(g, was); /* CHAN_OK */
		}
		if (waits && claimed_alone(w) && is_stuck(c, d, state & ~bit_of(opposite(d))))
			return wait(c, d, value);
	}
	chan_unlock(c);
	return begin_again(c, d, value, waits, was);
}

static inline void into_buffer(struct channel *c, const void *value, uint32_t state)
{
	uint32_t i = c->write;

	c->write = chan_after(c, i);
	store_relaxed(&c->state, state + 1);
	carry(slot(c, i), value);
}

static inline void out_of_buffer(struct channel *c, void *value, uint32_t state)
{
	uint32_t i = c->read;

	c->read = chan_after(c, i);
	store_relaxed(&c->state, state - 1);
	carry(value, slot(c, i));
}

/* Claims and serves w, the first receiver. Returns its goroutine, or null when that is left to the
 * locked way. */
static inline struct g *to_receiver(struct channel *c, struct chan_case *w, const void *value,
                                    uint32_t state)
{
	struct g *g;

	if (unlikely(state & CHAN_ASIDE_BIT) || unlikely(!w->target) || unlikely(!claim_simple(w)))
		return 0;
	g = w->g;
	carry(w->target, value);
	leave_result(w, g, true);
	take_first(c, CHAN_RECEIVES, w);
	return g;
}

/* The same for w, the first sender. */
static inline struct g *from_sender(struct channel *c, struct chan_case *w, void *value,
                                    uint32_t state)
{
	uint32_t count = state & CHAN_COUNT;
	struct g *g;

	if (unlikely(state & CHAN_ASIDE_BIT) || unlikely(count && count != c->capacity) ||
	    unlikely(!claim_simple(w)))
		return 0;
	g = w->g;
	if (count) { /* the buffer is full: the sender's value replaces the oldest */
		void *oldest = slot(c, c->read);

		carry(value, oldest);
		carry(oldest, w->target);
		c->read = c->write = chan_after(c, c->read);
	} else {
		carry(value, w->target);
	}
	leave_result(w, g, true);
	take_first(c, CHAN_SENDS, w);
	return g;
}

static inline unsigned wait(struct channel *c, enum chan_direction d, void *value)
{
	return d == CHAN_SENDS ? chan_wait_send(c, value) : chan_wait_recv(c, value);
}

static inline unsigned begin_again(struct channel *c, enum chan_direction d, void *value,
                                   bool waits, unsigned long was)
{
	arch_irq_restore(was);
	return waits ? chan_locked_block(c, d, value, 0) : chan_locked_attempt(c, d, value);
}

/* Channels: the entry points of sending and receiving, and the fast way of a value.
 *
 * A value takes one of three ways. Each way stands in a file of its own, which reads down the page:
 *   fast     chan.c         when the channel's state and its first waiter decide at once
 *   locked   chan_locked.c  in every state of the channel
 *   waiting  chan_wait.c    nothing can be done now: the goroutine is listed until it is served
 * An entry point chooses the fast way or the locked one. The fast way has three ends. It passes the
 * value. Or it jumps to the waiting way with the lock held. Or it begins again on the locked way,
 * without the lock: another core held the lock, or the state is not one of the simple ones. The
 * locked way passes the value, or jumps to the waiting way. No way leads back to the one before.
 * Where the stack must stay small a step is a function of its own: the step before ends in a jump
 * to it, so the two never have a frame at once. A kernel compiled for size has no fast way.
 *
 * What kind of element a channel carries is known when it is made (enum chan_kind). The fast way
 * copies a small one in line, with a load and a store of its type (carry.h), and leaves a wide one
 * to chan_pass.c. An element is plain memory that only the holder of the channel's lock touches, or
 * its goroutine before it lists it and after ready(). So the orders of the lock and of ready() are
 * all that a copy needs, whatever its size.
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
#include "sync/carry.h"
#include "sync/waiter.h"

/* The fast way and its steps, in the order of the page. The direction is a constant in each, and so
 * is `waits`, which is false for an attempt. The fast way has no frame: it calls others only by a
 * jump at its end. For an operation that may wait it is compiled twice, for a word and for the
 * rest, so that a word pays nothing for the others. */
#define step static inline __attribute__((always_inline))
step unsigned fast_way(struct channel *, enum chan_direction, void *value, bool waits,
                       enum chan_kind);
step unsigned into_buffer(struct channel *, enum chan_kind, bool waits, const void *value,
                          uint32_t state, unsigned long was);
step unsigned out_of_buffer(struct channel *, enum chan_kind, bool waits, void *value,
                            uint32_t state, unsigned long was);
step bool claim_first(struct channel *, enum chan_direction, struct chan_case *, uint32_t state);
step unsigned to_receiver(struct channel *, enum chan_kind, struct chan_case *, const void *value,
                          unsigned long was);
step unsigned from_sender(struct channel *, enum chan_kind, struct chan_case *, void *value,
                          uint32_t state, unsigned long was);
static inline unsigned wait(struct channel *, enum chan_direction, void *value);
static inline unsigned begin_again(struct channel *, enum chan_direction, void *value, bool waits,
                                   unsigned long was);

static inline void touch(const void *value)
{
	(void)*(const volatile char *)value;
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
	enum chan_kind kind;

	if (SMALL || unlikely(!c)) {
		block_any(c, CHAN_SENDS, (void *)value);
		return;
	}
	arch_touch_stack();
	kind = (enum chan_kind)c->kind;
	if (likely(kind == CHAN_WORD))
		fast_way(c, CHAN_SENDS, (void *)value, true, CHAN_WORD);
	else
		fast_way(c, CHAN_SENDS, (void *)value, true, kind);
}

/* Context: goroutine; may park. */
leaf unsigned chan_recv_to(struct channel *c, void *value)
{
	enum chan_kind kind;

	if (SMALL || unlikely(!c) || unlikely(!value))
		return block_any(c, CHAN_RECEIVES, value);
	arch_touch_stack();
	kind = (enum chan_kind)c->kind;
	touch(value);
	if (likely(kind == CHAN_WORD))
		return fast_way(c, CHAN_RECEIVES, value, true, CHAN_WORD);
	return fast_way(c, CHAN_RECEIVES, value, true, kind);
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
	enum chan_kind kind = (enum chan_kind)c->kind;

	if (SMALL || (unlikely(!mem_holds(value)) && (d == CHAN_RECEIVES || !value)))
		return attempt_any(c, d, value);
	arch_touch_stack();
	touch(value);
	if (unlikely(kind != CHAN_WORD) &&
	    (kind & (CHAN_WIDE | CHAN_16) || (sizeof(chan_word) == 4 && kind < 0)))
		chan_touch(c, value);
	return d == CHAN_SENDS ? fast_way(c, CHAN_SENDS, value, false, kind)
	                       : fast_way(c, CHAN_RECEIVES, value, false, kind);
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

step unsigned fast_way(struct channel *c, enum chan_direction d, void *value, bool waits,
                       enum chan_kind kind)
{
	unsigned long was = arch_irq_off();
	struct chan_case *w;
	uint32_t state;

	if (unlikely(!chan_lock_try(c)))
		return begin_again(c, d, value, waits, was);
	state = c->state;
	if (is_buffered(c, d, state))
		return d == CHAN_SENDS ? into_buffer(c, kind, waits, value, state, was)
		                       : out_of_buffer(c, kind, waits, value, state, was);
	if (waits && is_stuck(c, d, state & ~bit_of(d)))
		return wait(c, d, value);
	w = list_of(c, opposite(d))->first;
	if (likely(w)) {
		if (likely(claim_first(c, opposite(d), w, state)))
			return d == CHAN_SENDS ? to_receiver(c, kind, w, value, was)
			                       : from_sender(c, kind, w, value, state, was);
		if (waits && claimed_alone(w) && is_stuck(c, d, state & ~bit_of(opposite(d))))
			return wait(c, d, value);
	}
	chan_unlock(c);
	return begin_again(c, d, value, waits, was);
}

/* Copies element j of one array to place i of another in line, and ends. Each kind has an end of
 * its own: a jump to a common one would be half as long. False: the element is a wide one, and
 * nothing was done. */
step bool carry_and_leave(struct channel *c, enum chan_kind kind, void *to, uint32_t i,
                          const void *from, uint32_t j, unsigned long was)
{
	if (kind == CHAN_WORD) {
		carry_word(to, i, from, j);
		return chan_leave(c, was);
	}
	if (kind < 0) {
		carry_other_word(to, i, from, j);
		return chan_leave(c, was);
	}
	if (kind & CHAN_CHAR) {
		carry_as(char, to, i, from, j);
		return chan_leave(c, was);
	}
	if (kind & CHAN_SHORT) {
		carry_as(carry_short, to, i, from, j);
		return chan_leave(c, was);
	}
	if (kind & CHAN_16) {
		carry_16(to, i, from, j);
		return chan_leave(c, was);
	}
	return false;
}

/* chan_slot for a wide element. The compiler may not see that i is the index of before: it would
 * prepare for this on the way of the small ones. */
step void *wide_slot(struct channel *c, uint32_t i)
{
	__asm__("" : "+r"(i));
	return chan_slot(c, i);
}

step unsigned into_buffer(struct channel *c, enum chan_kind kind, bool waits, const void *value,
                          uint32_t state, unsigned long was)
{
	uint32_t i = c->write;

	c->write = chan_after(c, i);
	store_relaxed(&c->state, state + 1);
	if (carry_and_leave(c, kind, c->buffer, i, value, 0, was))
		return CHAN_OK;
	if (waits && kind & CHAN_BY_8) {
		carry_eights(wide_slot(c, i), value, c->size);
		return chan_leave(c, was);
	}
	return chan_pass_in(c, i, value, was);
}

step unsigned out_of_buffer(struct channel *c, enum chan_kind kind, bool waits, void *value,
                            uint32_t state, unsigned long was)
{
	uint32_t i = c->read;

	c->read = chan_after(c, i);
	store_relaxed(&c->state, state - 1);
	if (carry_and_leave(c, kind, value, 0, c->buffer, i, was))
		return CHAN_OK;
	if (waits && kind & CHAN_BY_8) {
		carry_eights(value, wide_slot(c, i), c->size);
		return chan_leave(c, was);
	}
	return chan_pass_out(c, value, i, was);
}

/* Claims w, the first waiter of its list. False: it is left to the locked way. */
step bool claim_first(struct channel *c, enum chan_direction d, struct chan_case *w, uint32_t state)
{
	uint32_t count = state & CHAN_COUNT;

	if (unlikely(state & CHAN_ASIDE_BIT))
		return false;
	if (d == CHAN_RECEIVES && unlikely(!w->target))
		return false;
	if (d == CHAN_SENDS && unlikely(count && count != c->capacity))
		return false;
	return likely(claim_simple(w));
}

step unsigned to_receiver(struct channel *c, enum chan_kind kind, struct chan_case *w,
                          const void *value, unsigned long was)
{
	struct g *g = w->g;

	if (unlikely(kind & CHAN_WIDE))
		return chan_pass_sent(c, w->target, value, was);
	carry_small(kind, w->target, 0, value, 0);
	return leave_and_wake(c, CHAN_RECEIVES, w, g, was);
}

/* If values are buffered, the buffer is full: the sender's value replaces the oldest. */
step unsigned from_sender(struct channel *c, enum chan_kind kind, struct chan_case *w, void *value,
                          uint32_t state, unsigned long was)
{
	struct g *g = w->g;

	if (unlikely(state & CHAN_COUNT)) {
		uint32_t i = c->read;

		c->read = c->write = chan_after(c, i);
		if (kind != CHAN_WORD)
			return chan_pass_both(c, value, i, was);
		carry_word(value, 0, c->buffer, i);
		carry_word(c->buffer, i, w->target, 0);
	} else {
		if (unlikely(kind & CHAN_WIDE))
			return chan_pass_received(c, value, w->target, was);
		carry_small(kind, value, 0, w->target, 0);
	}
	return leave_and_wake(c, CHAN_SENDS, w, g, was);
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

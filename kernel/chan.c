/* Channels: sending and receiving. Who waits is waiter.c, waiting on several select.c, making and
 * closing chan_make.c.
 *
 * Invariants, under the channel's lock:
 *   1 At most one of the two wait lists has an unclaimed waiter.
 *   2 Buffered values mean no unclaimed receiver; free slots mean no unclaimed sender; closed means
 *     no unclaimed waiter once chan_close has returned.
 *   3 A waiter's node and value lie on its stack, which nobody touches but a claimer that holds
 *     this lock.
 *
 * A claimer holds the lock, claims, unlinks, copies, writes g->result, unlocks, and then readies;
 * it touches no node after that. A plain send or receive stands in one list and has no timer:
 * nobody else can claim it (WAITER_SOLE), so taking it off the list is the claim. What the winner
 * of a claim writes reaches the waiter through ready().
 *
 * Each operation on a goroutine touches the ends of the value it receives into and the stack as far
 * down as it will reach before it masks (A8): a partner that writes there never faults on somebody
 * else's stack.
 *
 * The number of buffered values, whether the channel is closed and whether anybody is listed are
 * one word, `state`: a look without the lock sees a state that was, and one comparison tells a send
 * that there is room and nobody to care for, and a receive that there is a value and nobody waits
 * to add one. These two paths, for values of a word, are written out; everything else goes
 * through send_locked and recv_locked. */
#include "chan.h"
#include "mem.h"
#include "panic.h"
#include "sched.h"
#include "waiter.h"

typedef uintptr_t word __attribute__((may_alias)); /* what the fast paths carry: a pointer */

static inline void copy(const struct channel *c, void *to, const void *from)
{
	if (likely(c->word))
		*(word *)to = *(const word *)from;
	else
		chan_copy(to, from, c->size);
}

static inline char *slot(struct channel *c, uint32_t i)
{
	return c->buffer + (size_t)i * c->stride;
}

static inline uint32_t after(const struct channel *c, uint32_t i)
{
	return i + 1 == c->capacity ? 0 : i + 1;
}

/* The two operations, under the lock: CHAN_OK, CHAN_CLOSED, CHAN_NOT_READY or CHAN_RETRY. */

static inline void fill(struct channel *c, const void *value)
{
	copy(c, slot(c, c->write), value);
	c->write = after(c, c->write);
}

static inline enum chan_result send_locked(struct channel *c, const void *value, struct wake *wake)
{
	uint32_t state = c->state;
	bool again = false;
	struct chan_case *w;

	if (unlikely(state & CHAN_CLOSED_BIT))
		return CHAN_CLOSED;
	if (state & CHAN_RECEIVERS_BIT) {
		w = waiter_claim(c, CHAN_RECEIVES, wake, &again);
		if (likely(w)) {
			if (w->value)
				copy(c, w->value, value);
			leave_result(w, w->g, true);
			return CHAN_OK;
		}
		if (again)
			return CHAN_RETRY;
		state = c->state;
	}
	if ((state & CHAN_COUNT) >= c->capacity)
		return CHAN_NOT_READY;
	fill(c, value);
	store_relaxed(&c->state, state + 1);
	return CHAN_OK;
}

static inline enum chan_result recv_locked(struct channel *c, void *value, struct wake *wake)
{
	uint32_t state = c->state;
	bool again = false;
	struct chan_case *w;

	w = state & CHAN_SENDERS_BIT && !(state & CHAN_CLOSED_BIT)
	        ? waiter_claim(c, CHAN_SENDS, wake, &again)
	        : 0;
	if (!w && again)
		return CHAN_RETRY;
	if (state & CHAN_COUNT) {
		if (value)
			copy(c, value, slot(c, c->read));
		c->read = after(c, c->read);
		if (w) /* there is room: the sender that has waited longest fills it */
			fill(c, w->value);
		else
			store_relaxed(&c->state, c->state - 1);
	} else if (w) {
		if (value)
			copy(c, value, w->value);
	} else if (state & CHAN_CLOSED_BIT) {
		chan_zero(c, value);
		return CHAN_CLOSED;
	} else {
		return CHAN_NOT_READY;
	}
	if (w)
		leave_result(w, w->g, true);
	return CHAN_OK;
}

/* Context: masked, under CHAN. */
enum chan_result chan_do(struct chan_case *w, struct wake *wake)
{
	return w->direction == CHAN_SENDS ? send_locked(w->channel, w->value, wake)
	                                  : recv_locked(w->channel, w->value, wake);
}

/* Does a case; CHAN_NOT_READY leaves the lock taken. `locked` is what chan_lock_try said. */
static enum chan_result do_locked(struct chan_case *w, unsigned long *was, bool locked)
{
	struct wake wake = {0};
	enum chan_result r;

	if (!locked)
		lock_wait((struct lock *)&w->channel->lock, RANK_CHAN);
	while ((r = chan_do(w, &wake)) == CHAN_RETRY) {
		chan_unlock(w->channel);
		arch_irq_restore(*was);
		waiter_await(&wake);
		*was = arch_irq_off();
		chan_lock(w->channel);
	}
	if (r == CHAN_NOT_READY)
		return r;
	chan_unlock(w->channel);
	waiter_wake(&wake, *was);
	return r;
}

/* Waiting. */

static _Noreturn void wait_forever(void)
{
	arch_irq_off();
	park(G_FOREVER, 0, commit_wait, 0);
	__builtin_unreachable();
}

/* Context: goroutine. */
_Noreturn void chan_send_refused(struct channel *c)
{
	if (!c)
		panic("chan: close of a nil channel");
	panic("chan: send on closed channel %p, made at %p: only the last sender may close it",
	      (void *)c, (void *)c->site);
}

/* In one list, without a limit, from under the lock. Interrupts were on: who may not wait does
 * not come back from park. */
static inline bool wait(struct chan_case *w, struct channel *c, enum chan_direction d)
{
	w->g = arch_self();
	w->result = WAITER_SOLE;
	enlist(c, d, w);
	park(d == CHAN_SENDS ? G_SEND : G_RECV, c, commit_unlock, &c->lock);
	arch_irq_on();
	return arch_self()->result & 1;
}

/* Words. Whom w stood for, claimed and served from under the lock; null: it is harder than that. */

static inline struct g *send_to(struct channel *c, struct chan_case *w, const void *value,
                                uint32_t state)
{
	struct g *g;

	if (unlikely(state & CHAN_CLOSED_BIT) || unlikely(!w->value) || unlikely(!claim_simple(w)))
		return 0;
	g = w->g;
	*(word *)w->value = *(const word *)value;
	leave_result(w, g, true);
	take_first(c, CHAN_RECEIVES, w);
	return g;
}

static inline struct g *recv_from(struct channel *c, struct chan_case *w, void *value,
                                  uint32_t state)
{
	uint32_t count = state & CHAN_COUNT;
	struct g *g;

	if (unlikely(state & CHAN_CLOSED_BIT) || unlikely(count && count != c->capacity) ||
	    unlikely(!claim_simple(w)))
		return 0;
	g = w->g;
	if (count) { /* the buffer is full: the oldest value, and the sender's takes its place */
		word *oldest = (word *)c->buffer + c->read;

		*(word *)value = *oldest;
		*oldest = *(const word *)w->value;
		c->read = c->write = after(c, c->read);
	} else {
		*(word *)value = *(const word *)w->value;
	}
	leave_result(w, g, true);
	take_first(c, CHAN_SENDS, w);
	return g;
}

static inline void send_to_buffer(struct channel *c, const void *value, uint32_t state)
{
	uint32_t i = c->write;

	c->write = after(c, i);
	store_relaxed(&c->state, state + 1);
	((word *)c->buffer)[i] = *(const word *)value;
}

static inline void recv_from_buffer(struct channel *c, void *value, uint32_t state)
{
	uint32_t i = c->read;

	c->read = after(c, i);
	store_relaxed(&c->state, state - 1);
	*(word *)value = ((word *)c->buffer)[i];
}

/* Operations on words have no frame: they end with a jump to what they cannot do. `attempt`: the
 * case of one that does not wait, else null. */

static __attribute__((noinline)) enum chan_result attempt_general(struct chan_case *,
                                                                  unsigned long was, bool locked);

static inline bool general(struct channel *c, void *value, enum chan_direction d, unsigned long was,
                           bool locked)
{
	struct chan_case w;
	enum chan_result r;

	w.channel = c;
	w.value = value;
	w.direction = d;
	r = do_locked(&w, &was, locked);
	return r == CHAN_NOT_READY ? wait(&w, c, d) : r == CHAN_OK;
}

static __attribute__((noinline)) enum chan_result send_general(struct channel *c, const void *value,
                                                               unsigned long was, bool locked)
{
	if (unlikely(!general(c, (void *)value, CHAN_SENDS, was, locked)))
		chan_send_refused(c);
	return CHAN_OK;
}

static __attribute__((noinline)) enum chan_result send_wait(struct channel *c, const void *value)
{
	struct chan_case w;

	w.value = (void *)value;
	if (unlikely(!wait(&w, c, CHAN_SENDS)))
		chan_send_refused((struct channel *)arch_self()->object);
	return CHAN_OK;
}

static inline __attribute__((always_inline)) enum chan_result
send_word(struct channel *c, const void *value, struct chan_case *attempt)
{
	unsigned long was = arch_irq_off();
	bool locked = chan_lock_try(c);
	struct chan_case *w;
	uint32_t state;
	struct g *g;

	if (unlikely(!locked))
		return attempt ? attempt_general(attempt, was, locked)
		               : send_general(c, value, was, locked);
	state = c->state;
	if (state < c->capacity) {
		send_to_buffer(c, value, state);
		chan_unlock(c);
		arch_irq_restore(was);
		return CHAN_OK;
	}
	if (!attempt && (state & ~CHAN_SENDERS_BIT) == c->capacity)
		return send_wait(c, value);
	w = c->receivers.first;
	if (unlikely(!w) || unlikely(!(g = send_to(c, w, value, state))))
		return attempt ? attempt_general(attempt, was, locked)
		               : send_general(c, value, was, locked);
	chan_unlock(c);
	return ready(g, was); /* CHAN_OK */
}

static __attribute__((noinline)) bool recv_general(struct channel *c, void *value,
                                                   unsigned long was, bool locked)
{
	return general(c, value, CHAN_RECEIVES, was, locked);
}

static __attribute__((noinline)) bool recv_wait(struct channel *c, void *value)
{
	struct chan_case w;

	w.value = value;
	return wait(&w, c, CHAN_RECEIVES);
}

static inline __attribute__((always_inline)) unsigned recv_word(struct channel *c, void *value,
                                                                struct chan_case *attempt)
{
	unsigned long was = arch_irq_off();
	bool locked = chan_lock_try(c);
	struct chan_case *w;
	uint32_t state;
	struct g *g;

	if (unlikely(!locked))
		return attempt ? attempt_general(attempt, was, locked)
		               : recv_general(c, value, was, locked);
	state = c->state;
	if (state - 1 < CHAN_COUNT) {
		recv_from_buffer(c, value, state);
		chan_unlock(c);
		arch_irq_restore(was);
		return CHAN_OK;
	}
	if (!attempt && !(state & ~CHAN_RECEIVERS_BIT))
		return recv_wait(c, value);
	w = c->senders.first;
	if (unlikely(!w) || unlikely(!(g = recv_from(c, w, value, state))))
		return attempt ? attempt_general(attempt, was, locked)
		               : recv_general(c, value, was, locked);
	chan_unlock(c);
	return ready(g, was);
}

/* Without waiting. */

/* All cases. */
static __attribute__((noinline)) enum chan_result attempt_general(struct chan_case *w,
                                                                  unsigned long was, bool locked)
{
	enum chan_result r = do_locked(w, &was, locked);

	if (r == CHAN_NOT_READY) {
		chan_unlock(w->channel);
		arch_irq_restore(was);
	}
	return r;
}

static __attribute__((noinline)) enum chan_result attempt_any(struct chan_case *w)
{
	unsigned long was;

	if (w->direction == CHAN_RECEIVES)
		chan_touch(w->channel, w->value);
	was = arch_irq_off();
	return attempt_general(w, was, chan_lock_try(w->channel));
}

/* Context: any. */
leaf enum chan_result chan_attempt(struct chan_case *w)
{
	struct channel *c = w->channel;

	arch_touch_stack();
	if (unlikely(!c->word) || unlikely(!w->value))
		return attempt_any(w);
	if (w->direction == CHAN_SENDS)
		return send_word(c, w->value, w);
	(void)*(const volatile word *)w->value;
	return recv_word(c, w->value, w);
}

static __attribute__((noinline)) enum chan_result attempt_alone(struct channel *c, void *value,
                                                                enum chan_direction d)
{
	struct chan_case w;

	w.channel = c;
	w.value = value;
	w.direction = d;
	return chan_attempt(&w);
}

/* Context: any. */
leaf enum chan_result chan_try_send_from(struct channel *c, const void *value)
{
	if (!c || !looks_ready(c, CHAN_SENDS))
		return CHAN_NOT_READY;
	return attempt_alone(c, (void *)value, CHAN_SENDS);
}

/* Context: any. */
leaf enum chan_result chan_try_recv_to(struct channel *c, void *value)
{
	if (!c || !looks_ready(c, CHAN_RECEIVES))
		return CHAN_NOT_READY;
	return attempt_alone(c, value, CHAN_RECEIVES);
}

/* Sending and receiving. */

static __attribute__((noinline)) void send_any(struct channel *c, const void *value)
{
	unsigned long was;

	if (!c)
		wait_forever();
	arch_touch_stack();
	was = arch_irq_off();
	send_general(c, value, was, chan_lock_try(c));
}

/* Context: goroutine; may park. */
leaf void chan_send_from(struct channel *c, const void *value)
{
	if (unlikely(!c) || unlikely(!c->word))
		return send_any(c, value);
	arch_touch_stack();
	send_word(c, value, 0);
}

static __attribute__((noinline)) bool recv_any(struct channel *c, void *value)
{
	unsigned long was;

	if (!c)
		wait_forever();
	arch_touch_stack();
	chan_touch(c, value);
	was = arch_irq_off();
	return recv_general(c, value, was, chan_lock_try(c));
}

/* Context: goroutine; may park. */
leaf bool chan_recv_to(struct channel *c, void *value)
{
	if (unlikely(!c) || unlikely(!value) || unlikely(!c->word))
		return recv_any(c, value);
	arch_touch_stack();
	(void)*(const volatile word *)value;
	return recv_word(c, value, 0);
}

/* Channels: sending and receiving. Who waits is waiter.c, waiting on several select.c, making and closing chan_make.c.
 *
 * Invariants, under the channel's lock:
 *   1 At most one of the two wait lists has an unclaimed waiter.
 *   2 Buffered values mean no unclaimed receiver; free slots mean no unclaimed sender; closed means no unclaimed waiter
 *     once chan_close has returned.
 *   3 A waiter's node and value lie on its stack, which nobody touches but a claimer that holds this lock.
 *
 * A claimer holds the lock, claims, unlinks, copies, writes g->result, unlocks, and then readies; it touches no node after
 * that. A plain send or receive stands in one list and has no timer: nobody else can claim it (WAITER_SOLE), so taking
 * it off the list is the claim. What the winner of a claim writes reaches the waiter through ready().
 *
 * Each operation on a goroutine touches the ends of the value it receives into and the stack as far down as it will reach
 * before it masks (A8): a partner that writes there never faults on somebody else's stack.
 *
 * The number of buffered values, whether the channel is closed and whether anybody is listed are one word, `state`: a look
 * without the lock sees a state that was, and one comparison tells a send that there is room and nobody to care for, and
 * a receive that there is a value and nobody waits to add one. These two paths, for values of a word, are written out;
 * everything else goes through send_locked and recv_locked. */
#include "chan.h"
#include "mem.h"
#include "panic.h"
#include "sched.h"
#include "waiter.h"

typedef uint64_t word64 __attribute__((may_alias));

static inline void copy(const struct channel *c, void *to, const void *from)
{
	if (likely(c->word))
		*(word64 *)to = *(const word64 *)from;
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

/* The first waiter that can be claimed, claimed and off its list. */
static inline struct chan_case *claim_first(struct channel *c, enum chan_direction d, struct wake *wake, bool *again)
{
	struct chan_case *w = list_of(c, d)->first;

	if (unlikely(!claim_simple(w)))
		return waiter_claim(c, d, wake, again);
	take_first(c, d, w);
	wake->g = w->g;
	wake->listing = false;
	return w;
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
		w = claim_first(c, CHAN_RECEIVES, wake, &again);
		if (likely(w)) {
			if (w->value)
				copy(c, w->value, value);
			leave_result(w, true);
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

	w = state & CHAN_SENDERS_BIT && !(state & CHAN_CLOSED_BIT) ? claim_first(c, CHAN_SENDS, wake, &again) : 0;
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
		leave_result(w, true);
	return CHAN_OK;
}

/* Context: masked, under CHAN. */
enum chan_result chan_do(struct chan_case *w, struct wake *wake)
{
	return w->direction == CHAN_SENDS ? send_locked(w->channel, w->value, wake)
	                                  : recv_locked(w->channel, w->value, wake);
}

/* Without waiting. */

/* Context: any. */
enum chan_result chan_attempt(struct chan_case *w)
{
	struct wake wake = {0};
	enum chan_result r;
	unsigned long was;

	arch_touch_stack();
	if (w->direction == CHAN_RECEIVES)
		chan_touch(w->channel, w->value);
	do {
		was = arch_irq_off();
		chan_lock(w->channel);
		r = chan_do(w, &wake);
		chan_unlock(w->channel);
		if (wake.g)
			waiter_wake(&wake);
		arch_irq_restore(was);
	} while (r == CHAN_RETRY);
	return r;
}

/* Context: any. */
enum chan_result chan_try_send_from(struct channel *c, const void *value)
{
	struct chan_case w = {.channel = c, .value = (void *)value, .direction = CHAN_SENDS};

	if (!chan_looks_ready(&w))
		return CHAN_NOT_READY;
	return chan_attempt(&w);
}

/* Context: any. */
enum chan_result chan_try_recv_to(struct channel *c, void *value)
{
	struct chan_case w = {.channel = c, .value = value};

	if (!chan_looks_ready(&w))
		return CHAN_NOT_READY;
	return chan_attempt(&w);
}

/* Waiting. */

static void commit_forever(void *arg)
{
	(void)arg;
	schedule();
}

static _Noreturn void wait_forever(void)
{
	arch_irq_off();
	park(G_FOREVER, 0, commit_forever, 0);
	__builtin_unreachable();
}

static leaf void commit_unlock(void *arg)
{
	chan_unlock(arg);
	schedule();
}

/* Context: goroutine. */
_Noreturn void chan_send_refused(struct channel *c)
{
	if (!c)
		panic("chan: close of a nil channel");
	panic("chan: send on closed channel %p, made at %p: only the last sender may close it", (void *)c,
	      (void *)c->site);
}

/* In one list, without a limit, from under the lock. Interrupts were on: who may not wait does not come back from park. */
static inline bool wait(struct channel *c, void *value, enum chan_direction d)
{
	struct chan_case w;

	w.value = value;
	w.result = WAITER_SOLE;
	w.g = arch_self();
	enlist(c, d, &w);
	park(d == CHAN_SENDS ? G_SEND : G_RECV, c, commit_unlock, c);
	arch_irq_on();
	return arch_self()->result & 1;
}

/* Sending. Each step handles what it can, and passes on the rest by a jump, so that no step has a frame that it does not
 * need: chan_send_from, send_on, then send_wait or send_general. */

/* All cases. */
static __attribute__((noinline)) void send_general(struct channel *c, const void *value, unsigned long was)
{
	struct wake wake = {0};
	enum chan_result r;

	while ((r = send_locked(c, value, &wake)) == CHAN_RETRY) {
		chan_unlock(c);
		arch_irq_restore(was);
		was = arch_irq_off();
		chan_lock(c);
	}
	if (r == CHAN_NOT_READY) {
		r = wait(c, (void *)value, CHAN_SENDS) ? CHAN_OK : CHAN_CLOSED;
	} else {
		chan_unlock(c);
		if (wake.g)
			waiter_wake(&wake);
		arch_irq_restore(was);
	}
	if (unlikely(r == CHAN_CLOSED))
		chan_send_refused(c);
}

static __attribute__((noinline)) void send_wait(struct channel *c, const void *value)
{
	if (unlikely(!wait(c, (void *)value, CHAN_SENDS)))
		chan_send_refused(c);
}

/* Under the lock, not to be done by filling the buffer alone: to a receiver, or it waits. */
static leaf __attribute__((noinline)) void send_on(struct channel *c, const void *value, unsigned long was)
{
	uint32_t state = c->state, flags = state & (CHAN_CLOSED_BIT | CHAN_RECEIVERS_BIT);
	struct chan_case *w = c->receivers.first;
	struct g *g;

	if (flags == 0 && likely((state & CHAN_COUNT) >= c->capacity))
		return send_wait(c, value);
	if (unlikely(flags != CHAN_RECEIVERS_BIT) || unlikely(!w->value) || unlikely(!claim_simple(w)))
		return send_general(c, value, was);
	*(word64 *)w->value = *(const word64 *)value;
	take_first(c, CHAN_RECEIVES, w);
	leave_result(w, true);
	g = w->g;
	chan_unlock(c);
	ready_and_restore(g, was);
}

static __attribute__((noinline)) void send_contended(struct channel *c, const void *value, unsigned long was)
{
	chan_lock_wait(c);
	send_general(c, value, was);
}

static __attribute__((noinline)) void send_any(struct channel *c, const void *value)
{
	unsigned long was;

	if (!c)
		wait_forever();
	arch_touch_stack();
	was = arch_irq_off();
	chan_lock(c);
	send_general(c, value, was);
}

/* Context: goroutine; may park. */
leaf void chan_send_from(struct channel *c, const void *value)
{
	unsigned long was;
	uint32_t state;

	if (unlikely(!c) || unlikely(!c->word))
		return send_any(c, value);
	arch_touch_stack();
	was = arch_irq_off();
	if (unlikely(!chan_lock_try(c)))
		return send_contended(c, value, was);
	state = c->state;
	if (state >= c->capacity)
		return send_on(c, value, was);
	((word64 *)c->buffer)[c->write] = *(const word64 *)value;
	c->write = after(c, c->write);
	store_relaxed(&c->state, state + 1);
	chan_unlock(c);
	arch_irq_restore(was);
}

/* Receiving, in the same steps. */

static __attribute__((noinline)) bool recv_general(struct channel *c, void *value, unsigned long was)
{
	struct wake wake = {0};
	enum chan_result r;

	while ((r = recv_locked(c, value, &wake)) == CHAN_RETRY) {
		chan_unlock(c);
		arch_irq_restore(was);
		was = arch_irq_off();
		chan_lock(c);
	}
	if (r == CHAN_NOT_READY) {
		r = wait(c, value, CHAN_RECEIVES) ? CHAN_OK : CHAN_CLOSED;
	} else {
		chan_unlock(c);
		if (wake.g)
			waiter_wake(&wake);
		arch_irq_restore(was);
	}
	return r == CHAN_OK;
}

static __attribute__((noinline)) bool recv_wait(struct channel *c, void *value)
{
	return wait(c, value, CHAN_RECEIVES);
}

/* Under the lock, not to be done by emptying the buffer alone: from a sender, or it waits. */
static leaf __attribute__((noinline)) bool recv_on(struct channel *c, void *value, unsigned long was)
{
	uint32_t state = c->state & ~CHAN_RECEIVERS_BIT, count = state & CHAN_COUNT;
	struct chan_case *w = c->senders.first;
	struct g *g;

	if (state == 0)
		return recv_wait(c, value);
	if ((state ^ count) != CHAN_SENDERS_BIT || (count && unlikely(count != c->capacity)) ||
	    unlikely(!claim_simple(w)))
		return recv_general(c, value, was);
	if (count) { /* the buffer is full: the oldest value, and the sender's takes its place */
		*(word64 *)value = ((word64 *)c->buffer)[c->read];
		((word64 *)c->buffer)[c->read] = *(const word64 *)w->value;
		c->read = c->write = after(c, c->read);
	} else {
		*(word64 *)value = *(const word64 *)w->value;
	}
	take_first(c, CHAN_SENDS, w);
	leave_result(w, true);
	g = w->g;
	chan_unlock(c);
	return ready_and_restore(g, was);
}

static __attribute__((noinline)) bool recv_contended(struct channel *c, void *value, unsigned long was)
{
	chan_lock_wait(c);
	return recv_general(c, value, was);
}

static __attribute__((noinline)) bool recv_any(struct channel *c, void *value)
{
	unsigned long was;

	if (!c)
		wait_forever();
	arch_touch_stack();
	chan_touch(c, value);
	was = arch_irq_off();
	chan_lock(c);
	return recv_general(c, value, was);
}

/* Context: goroutine; may park. */
leaf bool chan_recv_to(struct channel *c, void *value)
{
	unsigned long was;
	uint32_t state;

	if (unlikely(!c) || unlikely(!value) || unlikely(!c->word))
		return recv_any(c, value);
	arch_touch_stack();
	(void)*(const volatile word64 *)value;
	was = arch_irq_off();
	if (unlikely(!chan_lock_try(c)))
		return recv_contended(c, value, was);
	state = c->state;
	if (state - 1 >= CHAN_COUNT)
		return recv_on(c, value, was);
	*(word64 *)value = ((word64 *)c->buffer)[c->read];
	c->read = after(c, c->read);
	store_relaxed(&c->state, state - 1);
	chan_unlock(c);
	arch_irq_restore(was);
	return true;
}

/* Context: goroutine; may park. */
enum chan_result chan_send_from_for(struct channel *c, const void *value, go_time limit)
{
	struct chan_case w = {.channel = c, .value = (void *)value, .direction = CHAN_SENDS};
	uint32_t chosen;

	return select_run(&w, 1, limit, &chosen);
}

/* Context: goroutine; may park. */
enum chan_result chan_recv_to_for(struct channel *c, void *value, go_time limit)
{
	struct chan_case w = {.channel = c, .value = value};
	uint32_t chosen;

	return select_run(&w, 1, limit, &chosen);
}

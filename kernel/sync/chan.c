/* Channels: sending and receiving. Claiming waiters is waiter.c, waiting on several channels
 * select.c, making and closing channels chan_make.c.
 *
 * Invariants, under the channel's lock:
 *   1 At most one of the two wait lists has an unclaimed waiter.
 *   2 Buffered values mean no unclaimed receiver; free slots mean no unclaimed sender; closed means
 *     no unclaimed waiter once chan_close has returned.
 *   3 A waiter's node and value lie on the waiter's stack. Nobody touches that stack but a claimer
 *     that holds this lock.
 *
 * A claimer holds the lock, claims the waiter, unlinks its node, copies the value, writes
 * g->result, unlocks, and then readies the waiter; it touches no node after that. A plain send or
 * receive stands in one list and has no timer, so nobody else can claim it (WAITER_SOLE): taking it
 * off the list is the claim. What the winner of a claim writes reaches the waiter through ready().
 *
 * Nothing may fault while masked, or on another goroutine's stack (A8). So each operation first
 * touches its own stack as far down as it will reach, and checks where to store (chan_copy.c).
 *
 * One word, `state`, holds the number of buffered values, whether the channel is closed and whether
 * waiters are listed. A look without the lock sees a state that was. One comparison tells a send
 * that there is room and no waiter to serve, and a receive that there is a value and no sender that
 * waits to add one. These two paths are written out for values of a word; everything else goes
 * through send_locked and recv_locked. A program compiled for size has only those two.
 *
 * An operation uses little stack: it is a row of steps, each step ends in a jump to the next one,
 * and a wait node lies in the frame of the last step. */
#include "sync/chan.h"
#include "sched/sched.h"
#include "sync/waiter.h"

typedef uintptr_t word __attribute__((may_alias)); /* a value on the fast paths */

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

static inline enum chan_result send_locked(struct channel *c, const void *value, struct g **other)
{
	struct chan_case *w;

	if (unlikely(c->state & CHAN_CLOSED_BIT))
		return CHAN_CLOSED;
	if (c->state & CHAN_RECEIVERS_BIT) {
		w = waiter_claim(c, CHAN_RECEIVES, other);
		if (likely(w)) {
			if (w->target)
				copy(c, w->target, value);
			leave_result(w, *other, true);
			return CHAN_OK;
		}
		if (*other)
			return CHAN_RETRY;
	}
	if ((c->state & CHAN_COUNT) >= c->capacity)
		return CHAN_NOT_READY;
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
			copy(c, value, slot(c, c->read));
		c->read = after(c, c->read);
		if (w) /* a slot is free: the sender that has waited longest fills it */
			fill(c, w->target);
		else
			store_relaxed(&c->state, c->state - 1);
	} else if (w) {
		if (value)
			copy(c, value, w->target);
	} else if (state & CHAN_CLOSED_BIT) {
		chan_zero(c, value);
		return CHAN_CLOSED;
	} else {
		return CHAN_NOT_READY;
	}
	if (w)
		leave_result(w, *other, true);
	return CHAN_OK;
}

/* Context: masked, under CHAN. */
noinline enum chan_result chan_do(struct channel *c, enum chan_direction d, void *value,
                                  struct g **other)
{
	*other = 0;
	return d == CHAN_SENDS ? send_locked(c, value, other) : recv_locked(c, value, other);
}

/* Tries again until the operation is done or cannot be done now. */
struct done {
	enum chan_result result;
	struct g *other; /* to be woken, or null */
	unsigned long was;
};

static inline struct done do_locked(struct channel *c, enum chan_direction d, void *value,
                                    unsigned long was)
{
	enum chan_result r;
	struct g *other;

	while ((r = chan_do(c, d, value, &other)) == CHAN_RETRY) {
		chan_unlock(c);
		arch_irq_restore(was);
		waiter_await(other);
		was = arch_irq_off();
		chan_lock(c);
	}
	return (struct done){r, other, was};
}

/* Waiting. */

/* Waits in one list, without a limit; entered with the lock. Interrupts were on before, as park
 * panics where waiting is forbidden. */
static inline unsigned wait(struct channel *c, enum chan_direction d, void *value)
{
	struct chan_case w;

	w.target = value;
	w.g = arch_self();
	w.result = WAITER_SOLE;
	enlist(c, d, &w);
	park(d == CHAN_SENDS ? G_SEND : G_RECV, c, commit_unlock, &c->lock);
	arch_irq_on();
	return arch_self()->result & 1;
}

static noinline unsigned send_wait(struct channel *c, const void *value)
{
	if (unlikely(!wait(c, CHAN_SENDS, (void *)value)))
		chan_send_refused((struct channel *)arch_self()->object);
	return 1;
}

static noinline unsigned recv_wait(struct channel *c, void *value)
{
	return wait(c, CHAN_RECEIVES, value);
}

/* For operations that the fast paths cannot do; entered with the lock. */

static inline enum chan_result end(struct channel *c, struct done done)
{
	chan_unlock(c);
	if (done.other)
		return waiter_wake(done.other, done.was);
	arch_irq_restore(done.was);
	return done.result;
}

static noinline unsigned send_or_recv(struct channel *c, enum chan_direction d, void *value,
                                      unsigned long was)
{
	struct done done = do_locked(c, d, value, was);

	if (done.result == CHAN_NOT_READY)
		return d == CHAN_SENDS ? send_wait(c, value) : recv_wait(c, value);
	if (likely(done.result == CHAN_OK))
		return end(c, done);
	end(c, done);
	if (d == CHAN_SENDS)
		chan_send_refused(c);
	return 0;
}

static noinline enum chan_result attempt_locked(struct channel *c, enum chan_direction d,
                                                void *value, unsigned long was)
{
	return end(c, do_locked(c, d, value, was));
}

/* Waits in one list, with a limit: the timer may claim the waiter. */
static noinline enum chan_result wait_for(struct channel *c, enum chan_direction d, void *value,
                                          unsigned long was, uint64_t end_at)
{
	struct g *g = arch_self();
	struct chan_case w;

	w.target = value;
	w.g = g;
	w.result = 0;
	store_relaxed(&g->claim, CLAIM_OPEN);
	enlist(c, d, &w);
	park_until(d == CHAN_SENDS ? G_SEND : G_RECV, c, commit_unlock, &c->lock, end_at);
	arch_irq_restore(was);
	if (g->result != RESULT_TIMEOUT)
		return g->result ? CHAN_OK : CHAN_CLOSED;
	unlist(c, d, &w);
	return CHAN_NOT_READY;
}

static noinline enum chan_result timed_locked(struct channel *c, enum chan_direction d, void *value,
                                              unsigned long was, uint64_t end_at)
{
	struct done done = do_locked(c, d, value, was);

	if (done.result == CHAN_NOT_READY)
		return wait_for(c, d, value, done.was, end_at);
	return end(c, done);
}

/* The same operations, from the start. */

static inline unsigned long begin(struct channel *c)
{
	unsigned long was;

	arch_touch_stack();
	was = arch_irq_off();
	chan_lock(c);
	return was;
}

static noinline unsigned send_or_recv_any(struct channel *c, enum chan_direction d, void *value)
{
	if (unlikely(!c))
		chan_wait_for_nothing(GO_FOREVER);
	chan_touch(c, value);
	return send_or_recv(c, d, value, begin(c));
}

static noinline enum chan_result attempt_any(struct channel *c, enum chan_direction d, void *value)
{
	if (d == CHAN_SENDS)
		chan_touch(c, value);
	return attempt_locked(c, d, value, begin(c));
}

static noinline enum chan_result timed_any(struct channel *c, enum chan_direction d, void *value,
                                           go_time limit)
{
	unsigned long was;
	uint64_t end_at;

	if (unlikely(!c)) {
		chan_wait_for_nothing(limit);
		return CHAN_NOT_READY;
	}
	end_at = deadline(limit);
	was = begin(c);
	if (looks_ready(c, d))
		return timed_locked(c, d, value, was, end_at);
	return wait_for(c, d, value, was, end_at);
}

/* Values of a word. send_to and recv_from claim and serve the waiter of w under the lock and return
 * its goroutine; they return null when the general way must do it. */

static inline struct g *send_to(struct channel *c, struct chan_case *w, const void *value,
                                uint32_t state)
{
	struct g *g;

	if (unlikely(state & CHAN_CLOSED_BIT) || unlikely(!w->target) || unlikely(!claim_simple(w)))
		return 0;
	g = w->g;
	*(word *)w->target = *(const word *)value;
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
	if (count) { /* the buffer is full: the sender's value replaces the oldest */
		word *oldest = (word *)c->buffer + c->read;

		*(word *)value = *oldest;
		*oldest = *(const word *)w->target;
		c->read = c->write = after(c, c->read);
	} else {
		*(word *)value = *(const word *)w->target;
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

/* Operations on words have no frame: they end with a jump to the function that can do the rest.
 * With `attempt` the operation does not wait. */

static inline __attribute__((always_inline)) unsigned send_word(struct channel *c,
                                                                const void *value, bool attempt)
{
	unsigned long was = arch_irq_off();
	struct chan_case *w;
	uint32_t state;
	struct g *g;

	if (unlikely(!chan_lock_try(c))) {
		arch_irq_restore(was);
		return attempt ? attempt_any(c, CHAN_SENDS, (void *)value)
		               : send_or_recv_any(c, CHAN_SENDS, (void *)value);
	}
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
	if (unlikely(!w) || unlikely(!(g = send_to(c, w, value, state)))) {
		if (!attempt && w && claimed_alone(w) &&
		    (state & ~CHAN_RECEIVERS_BIT) == c->capacity)
			return send_wait(c, value);
		return attempt ? attempt_locked(c, CHAN_SENDS, (void *)value, was)
		               : send_or_recv(c, CHAN_SENDS, (void *)value, was);
	}
	chan_unlock(c);
	return ready(g, was); /* CHAN_OK */
}

static inline __attribute__((always_inline)) unsigned recv_word(struct channel *c, void *value,
                                                                bool attempt)
{
	unsigned long was = arch_irq_off();
	struct chan_case *w;
	uint32_t state;
	struct g *g;

	if (unlikely(!chan_lock_try(c))) {
		arch_irq_restore(was);
		return attempt ? attempt_any(c, CHAN_RECEIVES, value)
		               : send_or_recv_any(c, CHAN_RECEIVES, value);
	}
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
	if (unlikely(!w) || unlikely(!(g = recv_from(c, w, value, state)))) {
		if (!attempt && w && claimed_alone(w) && state == CHAN_SENDERS_BIT)
			return recv_wait(c, value);
		return attempt ? attempt_locked(c, CHAN_RECEIVES, value, was)
		               : send_or_recv(c, CHAN_RECEIVES, value, was);
	}
	chan_unlock(c);
	return ready(g, was);
}

/* Context: any. */
leaf enum chan_result chan_attempt(struct channel *c, enum chan_direction d, void *value)
{
	if (SMALL || unlikely(!c->word) || unlikely(!value))
		return attempt_any(c, d, value);
	arch_touch_stack();
	if (d == CHAN_RECEIVES)
		return recv_word(c, value, true);
	(void)*(const volatile word *)value;
	return send_word(c, value, true);
}

/* value is null, or not in memory that mem_holds knows. */
static noinline enum chan_result try_recv_elsewhere(struct channel *c, void *value)
{
	void *target = chan_target(c, value);

	return chan_missed(c, target, value, attempt_any(c, CHAN_RECEIVES, target));
}

static leaf noinline enum chan_result try_recv(struct channel *c, void *value)
{
	if (unlikely(!mem_holds(value)))
		return try_recv_elsewhere(c, value);
	return chan_attempt(c, CHAN_RECEIVES, value);
}

static noinline enum chan_result timed_recv_elsewhere(struct channel *c, void *value, go_time limit)
{
	void *target = c ? chan_target(c, value) : value;

	return chan_missed(c, target, value, timed_any(c, CHAN_RECEIVES, target, limit));
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
	return try_recv(c, value);
}

/* Context: goroutine; may park. */
leaf void chan_send_from(struct channel *c, const void *value)
{
	if (SMALL || unlikely(!c) || unlikely(!c->word)) {
		send_or_recv_any(c, CHAN_SENDS, (void *)value);
		return;
	}
	arch_touch_stack();
	send_word(c, value, false);
}

/* Context: goroutine; may park. */
leaf unsigned chan_recv_to(struct channel *c, void *value)
{
	if (SMALL || unlikely(!c) || unlikely(!value) || unlikely(!c->word))
		return send_or_recv_any(c, CHAN_RECEIVES, value);
	arch_touch_stack();
	(void)*(const volatile word *)value;
	return recv_word(c, value, false);
}

/* Operations with a limit. */

/* Context: goroutine; may park. With a limit of 0 or below: any. */
leaf enum chan_result chan_send_from_for(struct channel *c, const void *value, go_time limit)
{
	if (limit <= 0)
		return chan_try_send_from(c, value);
	return timed_any(c, CHAN_SENDS, (void *)value, limit);
}

/* Context: goroutine; may park. With a limit of 0 or below: any. */
leaf enum chan_result chan_recv_to_for(struct channel *c, void *value, go_time limit)
{
	if (limit <= 0)
		return chan_try_recv_to(c, value);
	if (unlikely(!c) || unlikely(!mem_holds(value)))
		return timed_recv_elsewhere(c, value, limit);
	return timed_any(c, CHAN_RECEIVES, value, limit);
}

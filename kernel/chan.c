/* Channels.
 *
 * Invariants, under the channel's lock:
 *   1 At most one of the two wait lists has an unclaimed waiter.
 *   2 Buffered values mean no unclaimed receiver; free slots mean no unclaimed sender; closed means no unclaimed waiter
 *     once chan_close has returned.
 *   3 A waiter's node and value lie on its stack, which nobody touches but a claimer that holds this lock.
 * A listed waiter may have been claimed through another channel or by its timer: then a claim fails, its node is dropped
 * and the next one is tried. So "a waiter is listed" does not mean "ready". Dropping goes on for CONFIG_WAKE_BATCH nodes
 * before the lock is let go and interrupts are taken: thousands of selects may have been served elsewhere meanwhile. A
 * select takes itself off every list before it returns, and `dropped` counts those who will come and find that done:
 * chan_free waits for them.
 *
 * A claimer holds the lock, claims, unlinks, copies, writes g->result, unlocks, and then readies; it touches no node after
 * that. A plain send or receive stands in one list and has no timer: nobody else can claim it (`index` SOLE), so taking
 * it off the list is the claim.
 *
 * Each operation on a goroutine touches the ends of the value it receives into and the stack as far down as it will reach
 * before it masks (A8): a partner that writes there never faults on somebody else's stack.
 *
 * The number of buffered values, whether the channel is closed and whether anybody is listed are one word, `state`: a look
 * without the lock sees a state that was, and one comparison tells a send that there is room and nobody to care for, and
 * a receive that there is a value and nobody waits to add one. These two paths, for values of a word, are written out;
 * everything else goes through send_locked and recv_locked.
 *
 * Orders
 *   C1 acquire  claim of a large select DONE     <- C2   its result is written
 *   C2 release  claim DONE                       -> C1
 *   C3 release  claim OPEN of a large select     -> C4   it is off its stack, its context saved
 *   C4 acquire  claim OPEN to TAKEN              <- C3
 * What the winner of a claim writes reaches the waiter through ready(). */
#include "chan.h"
#include "clock.h"
#include "mem.h"
#include "panic.h"
#include "sched.h"

#define SOLE UINT32_MAX
/* Values. newlib's memcpy uses floating-point registers, which the kernel does not save. */

typedef uint64_t word64 __attribute__((may_alias));
typedef uint32_t word32 __attribute__((may_alias));

static void copy_any(char *to, const char *from, size_t size)
{
	uintptr_t align = (uintptr_t)to | (uintptr_t)from;

	if (align % 8 == 0)
		for (; size >= 8; size -= 8, to += 8, from += 8)
			*(word64 *)to = *(const word64 *)from;
	if (align % 4 == 0)
		for (; size >= 4; size -= 4, to += 4, from += 4)
			*(word32 *)to = *(const word32 *)from;
	for (; size; size--)
		*to++ = *from++;
}

static inline void copy(const struct channel *c, void *to, const void *from)
{
	if (likely(c->word))
		*(word64 *)to = *(const word64 *)from;
	else
		copy_any(to, from, c->size);
}

/* What a receive from a closed channel yields. Under the lock: when it is let go the channel may be freed. */
static void zero(const struct channel *c, char *value)
{
	size_t size = value ? c->size : 0;

	if ((uintptr_t)value % 8 == 0)
		for (; size >= 8; size -= 8, value += 8)
			*(word64 *)value = 0;
	for (; size; size--)
		*value++ = 0;
}

static inline char *slot(struct channel *c, uint32_t i)
{
	return c->buffer + (size_t)i * c->stride;
}

static inline uint32_t after(const struct channel *c, uint32_t i)
{
	return i + 1 == c->capacity ? 0 : i + 1;
}

/* The wait lists. A node that is on none points to itself; a SOLE one need not. */

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

	w->next = 0;
	w->before = list->last;
	*(list->last ? &list->last->next : &list->first) = w;
	list->last = w;
	store_relaxed(&c->state, c->state | bit_of(d));
}

static inline void take_off(struct channel *c, enum chan_direction d, struct chan_case *w)
{
	struct chan_waiters *list = list_of(c, d);

	*(w->before ? &w->before->next : &list->first) = w->next;
	*(w->next ? &w->next->before : &list->last) = w->before;
	w->next = w;
	if (!list->first)
		store_relaxed(&c->state, c->state & ~bit_of(d));
}

/* Context: masked, under CHAN. */
void chan_enlist(struct chan_case *w)
{
	enlist(w->channel, w->direction, w);
}

/* Context: goroutine. */
void chan_unlist(struct chan_case *w)
{
	struct channel *c = w->channel;
	unsigned long was = arch_irq_off();

	chan_lock(c);
	if (w->next == w)
		c->dropped--;
	else
		take_off(c, w->direction, w);
	chan_unlock(c);
	arch_irq_restore(was);
}

/* Claiming. */

enum taken { TAKEN, TAKEN_LISTING, TAKEN_BY_OTHERS, TAKEN_SELF, TAKEN_LATER };

/* One that is not simply OPEN. Of two large selects that are about to claim each other the one at the higher address
 * backs off, so the other's wait ends. */
static enum taken claim_slow(struct g *g)
{
	struct g *me = arch_self();
	bool busy = load_relaxed(&me->claim) == CLAIM_BUSY;

	if (busy && g == me)
		return TAKEN_SELF;
	for (;;) {
		switch (load_relaxed(&g->claim)) {
		case CLAIM_OPEN:
			if (cas_acquire(&g->claim, CLAIM_OPEN, CLAIM_TAKEN)) /* C4 */
				return TAKEN;
			break;
		case CLAIM_LISTING:
			if (cas_relaxed(&g->claim, CLAIM_LISTING, CLAIM_TAKEN))
				return TAKEN_LISTING;
			break;
		case CLAIM_BUSY:
			if (busy && me > g)
				return TAKEN_LATER;
			arch_relax();
			break;
		default:
			return TAKEN_BY_OTHERS;
		}
	}
}

static inline enum taken claim(struct chan_case *w)
{
	if (likely(w->index == SOLE) || cas_acquire(&w->g->claim, CLAIM_OPEN, CLAIM_TAKEN)) /* C4 */
		return TAKEN;
	return claim_slow(w->g);
}

/* The first waiter that can be claimed, claimed and off its list; null: nobody waits. *again: nobody so far. */
static inline struct chan_case *claim_first(struct channel *c, enum chan_direction d, struct chan_wake *wake,
                                            bool *again)
{
	struct chan_case *w = list_of(c, d)->first;
	unsigned left = CONFIG_WAKE_BATCH;

	while (w) {
		struct chan_case *next = w->next;
		enum taken taken = claim(w);

		if (likely(taken <= TAKEN_LISTING)) {
			take_off(c, d, w);
			wake->g = w->g;
			wake->listing = taken == TAKEN_LISTING;
			return w;
		}
		if (taken == TAKEN_BY_OTHERS) {
			take_off(c, d, w);
			c->dropped++;
		}
		if (taken == TAKEN_LATER || (taken != TAKEN_SELF && --left == 0)) {
			*again = true;
			return 0;
		}
		w = next;
	}
	return 0;
}

/* What a claimer leaves: the case's index and whether a value came. */
static inline void leave_result(struct chan_case *w, bool ok)
{
	w->g->result = (int32_t)(w->index * 2 + ok);
}

/* Context: any, masked. */
void chan_wake_up(struct chan_wake *wake)
{
	if (unlikely(wake->listing))
		store_release(&wake->g->claim, CLAIM_DONE); /* C2 */
	else
		ready(wake->g);
}

/* The two operations, under the lock: CHAN_OK, CHAN_CLOSED, CHAN_NOT_READY or CHAN_RETRY. */

static inline void fill(struct channel *c, const void *value)
{
	copy(c, slot(c, c->write), value);
	c->write = after(c, c->write);
}

static inline enum chan_result send_locked(struct channel *c, const void *value, struct chan_wake *wake)
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

static inline enum chan_result recv_locked(struct channel *c, void *value, struct chan_wake *wake)
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
		zero(c, value);
		return CHAN_CLOSED;
	} else {
		return CHAN_NOT_READY;
	}
	if (w)
		leave_result(w, true);
	return CHAN_OK;
}

/* Context: masked, under CHAN. */
enum chan_result chan_do(struct chan_case *w, struct chan_wake *wake)
{
	return w->direction == CHAN_SENDS ? send_locked(w->channel, w->value, wake)
	                                  : recv_locked(w->channel, w->value, wake);
}

/* Without waiting. */

/* Context: any. */
enum chan_result chan_attempt(struct chan_case *w)
{
	struct chan_wake wake = {0};
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
			chan_wake_up(&wake);
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
	w.index = SOLE;
	w.g = arch_self();
	enlist(c, d, &w);
	park(d == CHAN_SENDS ? G_SEND : G_RECV, c, commit_unlock, c);
	arch_irq_on();
	return arch_self()->result & 1;
}

/* The waiter that a fast path serves: the first in its list, if the first try claims it. */
static inline bool claim_simple(struct chan_case *w)
{
	return w->index == SOLE || cas_acquire(&w->g->claim, CLAIM_OPEN, CLAIM_TAKEN); /* C4 */
}

/* Takes it off. */
static inline struct g *take_first(struct channel *c, enum chan_direction d, struct chan_case *w)
{
	struct chan_waiters *list = list_of(c, d);

	list->first = w->next;
	if (w->next) {
		w->next->before = 0;
	} else {
		list->last = 0;
		store_relaxed(&c->state, c->state & ~bit_of(d));
	}
	w->next = w;
	leave_result(w, true);
	return w->g;
}

/* Sending. Each step handles what it can, and passes on the rest by a jump, so that no step has a frame that it does not
 * need: chan_send_from, send_on, then send_wait or send_general. */

/* All cases. */
static __attribute__((noinline)) void send_general(struct channel *c, const void *value, unsigned long was)
{
	struct chan_wake wake = {0};
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
			chan_wake_up(&wake);
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
	g = take_first(c, CHAN_RECEIVES, w);
	chan_unlock(c);
	ready_and_restore(g, was);
}

static __attribute__((noinline)) void send_contended(struct channel *c, const void *value, unsigned long was)
{
	chan_lock(c);
	send_general(c, value, was);
}

static __attribute__((noinline)) void send_any(struct channel *c, const void *value)
{
	if (!c)
		wait_forever();
	arch_touch_stack();
	send_contended(c, value, arch_irq_off());
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
	if (CONFIG_CHECK || unlikely(!lock_try((struct lock *)&c->lock)))
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
	struct chan_wake wake = {0};
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
			chan_wake_up(&wake);
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
	g = take_first(c, CHAN_SENDS, w);
	chan_unlock(c);
	return ready_and_restore(g, was);
}

static __attribute__((noinline)) bool recv_contended(struct channel *c, void *value, unsigned long was)
{
	chan_lock(c);
	return recv_general(c, value, was);
}

static __attribute__((noinline)) bool recv_any(struct channel *c, void *value)
{
	if (!c)
		wait_forever();
	arch_touch_stack();
	chan_touch(c, value);
	return recv_contended(c, value, arch_irq_off());
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
	if (CONFIG_CHECK || unlikely(!lock_try((struct lock *)&c->lock)))
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

/* Making, closing, freeing. */

/* Context: goroutine. */
struct channel *chan_new(size_t size, size_t align, size_t n, bool must)
{
	size_t stride = size > 8 ? (size + 7) & ~(size_t)7 : size; /* so that large elements are copied by words */
	struct channel *c = 0;
	unsigned long was;

	assert_that(size <= CHAN_ELEMENT_MAX,
	            "chan_make: an element of %zu bytes is above the limit of %d: send a pointer", size,
	            CHAN_ELEMENT_MAX);
	was = arch_irq_off();
	if (n <= CHAN_COUNT && n < CHAN_CLOSED_BIT / (stride ? stride : 1))
		c = mem_alloc(sizeof(*c) + n * stride);
	arch_irq_restore(was);
	assert_that(c || !must,
	            "chan_make: out of memory for %zu elements of %zu bytes: chan_free what is done with, use "
	            "chan_try_make, or give the board more RAM (MEM=)",
	            n, size);
	if (c)
		*c = (struct channel){.size = size,
		                      .stride = stride,
		                      .capacity = n,
		                      .word = size == 8 && align == 8,
		                      .site = (uintptr_t)__builtin_return_address(0)};
	return c;
}

/* Claims up to a batch of those who wait on a closed channel, chained by g->next; *more: there are others. */
static struct g *claim_batch(struct channel *c, bool *more)
{
	struct g *batch = 0, **end = &batch;
	bool again = false;

	*more = true;
	for (unsigned i = c->size > 32 ? CONFIG_WAKE_BATCH / 2 : 0; i < CONFIG_WAKE_BATCH && !again; i++) {
		struct chan_wake wake;
		struct chan_case *w = claim_first(c, CHAN_RECEIVES, &wake, &again);

		if (w)
			zero(c, w->value);
		else if (!again)
			w = claim_first(c, CHAN_SENDS, &wake, &again);
		if (!w) {
			*more = again;
			break;
		}
		leave_result(w, false);
		if (wake.listing) {
			chan_wake_up(&wake);
			continue;
		}
		*end = wake.g;
		end = &wake.g->next;
	}
	*end = 0;
	return batch;
}

/* The flag first, then those who wait, a batch at a time. Whether anybody is left is decided under the lock, and after
 * that the channel is not touched.
 * Context: goroutine. */
void chan_end(struct channel *c)
{
	unsigned long was;
	struct g *batch, *next;
	bool more = true, twice;

	if (!c)
		chan_send_refused(c);
	arch_touch_stack();
	was = arch_irq_off();
	chan_lock(c);
	twice = c->state & CHAN_CLOSED_BIT;
	store_relaxed(&c->state, c->state | CHAN_CLOSED_BIT);
	chan_unlock(c);
	arch_irq_restore(was);
	assert_that(!twice, "chan: close of closed channel %p, made at %p: close it once, by its last sender",
	            (void *)c, (void *)c->site);
	while (more) {
		was = arch_irq_off();
		chan_lock(c);
		batch = claim_batch(c, &more);
		chan_unlock(c);
		for (; batch; batch = next) {
			next = batch->next;
			ready(batch);
		}
		arch_irq_restore(was);
	}
}

enum users { USERS_NONE, USERS_LEAVING, USERS_WAITING };

/* A select that was served elsewhere is still leaving. */
static enum users users(struct channel *c)
{
	struct chan_waiters *lists[] = {&c->receivers, &c->senders};
	enum users users = c->dropped ? USERS_LEAVING : USERS_NONE;

	for (unsigned i = 0; i < 2; i++) {
		if (!lists[i]->first)
			continue;
		users = USERS_LEAVING;
		if (lists[i]->first->index == SOLE || load_relaxed(&lists[i]->first->g->claim) < CLAIM_TAKEN)
			return USERS_WAITING;
	}
	return users;
}

/* Context: goroutine; may park. */
void chan_delete(struct channel *c)
{
	unsigned long was;
	enum users found;

	if (!c)
		return;
	assert_that(!c->fixed, "chan_free: channel %p is a CHAN_STATIC, which has no memory to give back", (void *)c);
	for (;;) {
		was = arch_irq_off();
		chan_lock(c);
		found = users(c);
		chan_unlock(c);
		if (found == USERS_NONE)
			break;
		arch_irq_restore(was);
		assert_that(found == USERS_LEAVING,
		            "chan_free: a goroutine waits on channel %p, made at %p: close it first", (void *)c,
		            (void *)c->site);
		go_yield();
	}
	mem_free(c, sizeof(*c) + (size_t)c->capacity * c->stride);
	arch_irq_restore(was);
}

/* Context: any. */
size_t chan_length(struct channel *c)
{
	return c ? load_relaxed(&c->state) & CHAN_COUNT : 0;
}

/* Context: any. */
size_t chan_capacity(struct channel *c)
{
	return c ? c->capacity : 0;
}

/* Making, closing and freeing channels. */
#include "base/panic.h"
#include "base/race.h"
#include "memory/mem.h"
#include "sched/sched.h"
#include "sync/bubble.h"
#include "sync/chan.h"
#include "sync/time.h"
#include "sync/waiter.h"

static inline struct channel *init(struct channel *c, size_t size, size_t stride,
                                   enum chan_kind kind, size_t n, uintptr_t site)
{
	/* as one assignment it becomes newlib's memset */
	c->lock = c->state = c->read = c->write = c->dropped = 0;
	c->receivers.first = c->receivers.last = 0;
	c->senders.first = c->senders.last = 0;
	c->size = size;
	c->stride = stride;
	c->capacity = n;
	c->kind = kind;
	c->fixed = CHAN_FREE;
	c->site = site;
	race_forget(c, sizeof(*c) + (size_t)n * stride);
	if (unlikely(arch_self()->preempt_off))
		return bubble_adopts(c);
	return c;
}

static noinline struct channel *make_slowly(size_t size, enum chan_kind kind, size_t n, bool must,
                                            uintptr_t site)
{
	/* so that large elements are copied by words */
	size_t stride = size > 8 ? (size + 7) & ~(size_t)7 : size;
	struct channel *c = 0;

	assert_that(size <= CHAN_ELEMENT_MAX,
	            "chan_make: an element of %zu bytes is above the limit of %d: send a pointer",
	            size, CHAN_ELEMENT_MAX);
	if (n <= CHAN_COUNT && n <= INT32_MAX / (stride ? stride : 1))
		c = mem_alloc(sizeof(*c) + n * stride);
	assert_that(c || !must,
	            "chan_make: out of memory for %zu elements of %zu bytes: chan_free what is "
	            "done with, use chan_try_make, or give the board more RAM (MEM=)",
	            n, size);
	return c ? init(c, size, stride, kind, n, site) : 0;
}

/* Context: goroutine. */
leaf struct channel *chan_new(size_t size, enum chan_kind kind, size_t n, bool must)
{
	uintptr_t site = (uintptr_t)__builtin_return_address(0);
	struct channel *c = size <= 8 && n == 0 ? mem_try(sizeof(*c)) : 0;

	return likely(c) ? init(c, size, size, kind, 0, site)
	                 : make_slowly(size, kind, n, must, site);
}

/* Context: goroutine. */
_Noreturn void chan_send_refused(struct channel *c)
{
	if (!c)
		panic("chan: close of a nil channel");
	panic("chan: send on closed channel %p, made at %p: only the last sender may close it",
	      (void *)c, (void *)c->site);
}

/* Claims one waiter of a closed channel, under the lock. The caller readies *other if a waiter is
 * returned, else it waits for *other if that is set. */
static struct chan_case *claim_one(struct channel *c, struct g **other)
{
	struct chan_case *w = waiter_claim(c, CHAN_RECEIVES, other);

	if (w) {
		chan_zero(c, w->target);
		race_closed(c, *other);
	} else if (!*other)
		w = waiter_claim(c, CHAN_SENDS, other);
	if (w)
		leave_result(w, *other, false);
	return w;
}

/* Wakes one waiter of a closed channel; entered masked, with the lock, which it lets go. False:
 * nobody waits any more. Then the unlock was the last touch of the channel, because whoever finds
 * the channel closed may free it, also before the waiter runs. */
static bool wake_one(struct channel *c, unsigned long was)
{
	struct g *other = 0;
	struct chan_case *w = claim_one(c, &other);
	bool more = c->receivers.first || c->senders.first;

	chan_unlock(c);
	if (w) {
		waiter_wake(other, was);
		return more;
	}
	arch_irq_restore(was);
	if (other)
		waiter_await(other);
	return more;
}

/* Sets the flag and wakes the waiters, one each time that it holds the lock. Who comes to the channel
 * after the flag was set does not wait.
 * Context: goroutine. */
void chan_end(struct channel *c)
{
	unsigned long was;

	if (!c)
		chan_send_refused(c);
	assert_that(c->fixed < CHAN_LINE, "chan: close of channel %p, which is %s", (void *)c,
	            c->fixed == CHAN_LINE ? "an interrupt line's: irq_detach the line first"
	                                  : "a timer's or a ticker's: stop that instead");
	arch_touch_stack();
	was = arch_irq_off();
	chan_lock(c);
	bubble_admits(c);
	if (c->state & CHAN_CLOSED_BIT) {
		chan_unlock(c);
		arch_irq_restore(was);
		panic("chan: close of closed channel %p, made at %p: close it once, by its last "
		      "sender",
		      (void *)c, (void *)c->site);
	}
	race_close(c);
	store_relaxed(&c->state, c->state | CHAN_CLOSED_BIT | CHAN_ASIDE_BIT);
	while (wake_one(c, was)) {
		was = arch_irq_off();
		chan_lock(c);
	}
}

enum users { USERS_NONE, USERS_LEAVING, USERS_WAITING };

/* Does this waiter, the first of its list or null, stay on the channel? */
static bool stays(const struct channel *c, const struct chan_case *w)
{
	if (!w || c->state & CHAN_CLOSED_BIT)
		return false;
	return w->result == WAITER_SOLE || load_relaxed(&w->g->claim) < CLAIM_TAKEN;
}

/* A select that was served elsewhere is still leaving, and so are the waiters of a closed channel,
 * which its chan_close is waking. */
static enum users users(const struct channel *c)
{
	if (likely(!c->receivers.first && !c->senders.first))
		return c->dropped ? USERS_LEAVING : USERS_NONE;
	return stays(c, c->receivers.first) || stays(c, c->senders.first) ? USERS_WAITING
	                                                                  : USERS_LEAVING;
}

static inline void forget(struct channel *c)
{
	if (unlikely(c->fixed))
		return time_forget(c);
	mem_free(c, sizeof(*c) + (size_t)c->capacity * c->stride);
}

static noinline void delete_slowly(struct channel *c)
{
	unsigned long was;
	enum users found;

	assert_that(c->fixed == CHAN_FREE || c->fixed == CHAN_AFTER, "chan_free: channel %p is %s",
	            (void *)c,
	            c->fixed == CHAN_LINE    ? "an interrupt line's: irq_detach the line first"
	            : c->fixed == CHAN_FIXED ? "a CHAN_STATIC, which has no memory to give back"
	                                     : "part of a timer, which has no memory to give back");
	if (c->fixed)
		time_stop(c);
	for (;;) {
		was = arch_irq_off();
		chan_lock(c);
		found = users(c);
		chan_unlock(c);
		arch_irq_restore(was);
		if (found == USERS_NONE)
			return forget(c);
		assert_that(
		    found == USERS_LEAVING,
		    "chan_free: a goroutine waits on channel %p, made at %p: close it first",
		    (void *)c, (void *)c->site);
		go_yield();
	}
}

/* Context: goroutine; may park. */
leaf void chan_delete(struct channel *c)
{
	unsigned long was;
	bool used;

	if (!c)
		return;
	was = arch_irq_off();
	if (unlikely(c->fixed) || unlikely(!chan_lock_try(c))) {
		arch_irq_restore(was);
		return delete_slowly(c);
	}
	used = c->receivers.first || c->senders.first || c->dropped;
	chan_unlock(c);
	arch_irq_restore(was);
	if (unlikely(used))
		return delete_slowly(c);
	forget(c);
}

/* Context: any. */
size_t chan_length(struct channel *c)
{
	return c && c->fixed < CHAN_TIMER ? load_relaxed(&c->state) & CHAN_COUNT : 0;
}

/* Context: any. */
size_t chan_capacity(struct channel *c)
{
	return c && c->fixed < CHAN_TIMER ? c->capacity : 0;
}

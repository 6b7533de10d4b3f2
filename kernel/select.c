/* Select: waiting on several channels, or on one with a limit.
 *
 * 1 Look at every case without locks and choose uniformly among those that look ready; do that one.
 *   What was ready may be gone: then look again.
 * 2 Nothing is ready, and the caller wants to wait. It puts a node on each channel's list under
 *   that channel's lock and no other: so interrupts are masked for one case at a time, and no order
 *   of locks is needed. Its claim word says BUSY while it has to do with a channel: then it cannot
 *   be claimed, and who wants to lets his own channel go and tries again (waiter.c). Between two
 *   channels it says LISTING; whoever claims it then does not ready it but writes DONE.
 * 3 Whoever has claimed it may free a channel that it has not come to. So before it takes the next
 *   channel's lock it goes from LISTING to BUSY, or finds that it has been claimed and touches no
 *   other channel. A case that looks ready by now it does while BUSY, and then has claimed itself.
 * 4 From the last one it parks, BUSY and under that channel's lock. On the core stack BUSY becomes
 *   OPEN and the lock is let go: no claim readies it before it is off its stack.
 *   A channel may stand in several cases in the same direction. Whoever claims it there serves the
 *   one that is listed first: so a case is listed before one of those that are, or last, each with
 *   the same chance. No other waiter is passed: the select is served from its first place anyway.
 * 5 Whoever wakes it has claimed it once, by compare-and-swap on the claim word. Before it returns
 *   it takes its other nodes off, each under its channel's lock, and its timer under the heap's.
 * Rejected: locking all channels of a small select at once, in the order of their addresses (it
 * masks for three times as long, and sorting costs more than the one compare-and-swap at the end);
 * a global lock.
 *
 * Orders
 *   C1 acquire  claim DONE           <- C2   its result is written (waiter.c)
 *   C3 release  claim OPEN           -> C4   it is off its stack, its context saved (waiter.h) */
#include "chan.h"
#include "clock.h"
#include "panic.h"
#include "rand.h"
#include "sched.h"
#include "waiter.h"

static noinline uint32_t chance(uint32_t n)
{
	unsigned long was = arch_irq_off();
	uint32_t r = rand_below(&arch_core()->rand, n);

	arch_irq_restore(was);
	return r;
}

static inline bool case_looks_ready(const struct chan_case *w)
{
	return w->channel && looks_ready(w->channel, w->direction);
}

/* The first case that looks ready, or n. */
static inline size_t first_ready(const struct chan_case *cases, size_t n)
{
	size_t i;

	for (i = 0; i < n && !case_looks_ready(&cases[i]); i++)
		;
	return i;
}

static noinline void aim_elsewhere(struct chan_case *w)
{
	if (!w->channel)
		return;
	if (w->direction == CHAN_SENDS)
		chan_touch(w->channel, w->value);
	else
		w->target = chan_target(w->channel, w->value);
}

/* Whoever serves a case may use its target masked (A8). */
static inline void aim(struct chan_case *w)
{
	w->target = w->value;
	if (unlikely(!mem_holds(w->value)))
		aim_elsewhere(w);
}

/* One of the cases that look ready, each with the same chance; the first of them is i. */
static inline size_t pick(const struct chan_case *cases, size_t n, size_t i)
{
	size_t picked = i;
	uint32_t ready = 1;

	while (++i < n)
		if (unlikely(case_looks_ready(&cases[i])) && chance(++ready) == 0)
			picked = i;
	return picked;
}

/* The first n have been listed, and one of them was served, perhaps. */
static inline void unlist_all(struct chan_case *cases, size_t n, size_t served)
{
	for (size_t i = 0; i < n; i++)
		if (i != served && cases[i].channel)
			unlist(cases[i].channel, cases[i].direction, &cases[i]);
}

/* This goroutine has been claimed while so many cases are listed. */
static size_t await_done(const struct g *g, size_t listed)
{
	while (load_acquire(&g->claim) != CLAIM_DONE) /* C1 */
		arch_relax();
	return listed;
}

static leaf void commit_listed(void *last)
{
	store_release(&arch_self()->claim, CLAIM_OPEN); /* C3 */
	chan_unlock(last);
	schedule();
}

/* BUSY and under the lock: does a case that looks ready. CHAN_NOT_READY: it is not, and all is as
 * before; else lock and mask are let go. CHAN_RETRY: this goroutine has been claimed. Whom it
 * claims it wakes still masked: that one may be spinning for it on this core. */
static noinline enum chan_result do_case(struct channel *c, const struct chan_case *w,
                                         unsigned long was)
{
	struct g *wake; /* apart from `other`, which lives in memory: 16 bytes less */
	enum chan_result r;
	bool done;

	for (;;) {
		struct g *other;

		r = chan_do(c, w->direction, w->target, &other);
		if (r == CHAN_NOT_READY &&
		    !arch_irq_pending()) /* that was long, and more may follow */
			return r;
		done = r == CHAN_OK || r == CHAN_CLOSED;
		store_relaxed(&arch_self()->claim, done ? CLAIM_TAKEN : CLAIM_LISTING);
		chan_unlock(c);
		wake = other;
		if (done)
			break;
		arch_irq_restore(was);
		if (r == CHAN_RETRY)
			waiter_await(other);
		arch_irq_off();
		if (!cas_relaxed(&arch_self()->claim, CLAIM_LISTING, CLAIM_BUSY)) {
			arch_irq_restore(was);
			return CHAN_RETRY;
		}
		chan_lock(c);
	}
	if (wake)
		return waiter_wake(wake, was);
	arch_irq_restore(was);
	return r;
}

static inline void park_listed(size_t n, enum chan_direction d, struct channel *last, uint64_t end)
{
	enum why why = n > 1 ? G_SELECT : d == CHAN_SENDS ? G_SEND : G_RECV;

	if (likely(end == NEVER))
		park(why, last, commit_listed, last);
	else
		park_until(why, last, commit_listed, last, end);
}

/* Which of the i cases before w is to come after it in the list of w's channel: each of those that
 * stand there has the same chance, and so has none of them, null. */
static noinline struct chan_case *successor(const struct chan_case *w, size_t i)
{
	const struct chan_case *next = 0;
	uint32_t n = 1;

	for (const struct chan_case *v = w - i; v < w; v++)
		if (v->channel == w->channel && v->direction == w->direction && chance(++n) == 0)
			next = v;
	return (struct chan_case *)next;
}

enum { FEW = 8 }; /* cases that are looked through masked */

/* w, case i, has been listed behind others, of which some may be cases before it. BUSY and under the
 * lock: w changes places with one of these, perhaps. False: this goroutine has been claimed, lock and
 * mask are let go. */
static noinline bool mix(struct channel *c, struct chan_case *w, size_t i, unsigned long was)
{
	struct chan_case *next;

	if (i > FEW) {
		store_relaxed(&w->g->claim, CLAIM_LISTING);
		chan_unlock(c);
		arch_irq_restore(was);
	}
	next = successor(w, i);
	if (i > FEW) {
		arch_irq_off();
		if (!cas_relaxed(&w->g->claim, CLAIM_LISTING, CLAIM_BUSY)) {
			arch_irq_restore(was);
			return false;
		}
		chan_lock(c);
	}
	if (next) {
		take_off(c, w->direction, w);
		enlist_before(c, w->direction, w, next);
	}
	return true;
}

/* Lists the live cases, unmasked between them, and parks from the last; w is the first of
 * them, case i of n. How many are listed; g->result says the rest. */
static inline size_t list_and_park(struct chan_case *w, size_t i, size_t n, uint64_t end)
{
	struct g *g = arch_self();
	bool listed = false;

	store_relaxed(&g->claim, CLAIM_BUSY);
	for (;; listed = true) {
		struct channel *c = w->channel;
		enum chan_direction d = w->direction;
		enum chan_result r;
		unsigned long was;

		w->result = i * 2;
		w->g = g;
		was = arch_irq_off();
		if (listed && unlikely(!cas_relaxed(&g->claim, CLAIM_LISTING, CLAIM_BUSY))) {
			arch_irq_restore(was);
			return await_done(g, i);
		}
		chan_lock(c);
		if (unlikely(looks_ready(c, d)) && (r = do_case(c, w, was)) != CHAN_NOT_READY) {
			if (r == CHAN_RETRY)
				return await_done(g, i);
			g->result = (int32_t)(i * 2 + (r == CHAN_OK));
			return i;
		}
		if (unlikely(!enlist(c, d, w)) && i && unlikely(!mix(c, w, i, was)))
			return await_done(g, i + 1);
		do {
			if (++i == n) {
				park_listed(n, d, c, end);
				arch_irq_restore(was);
				return n;
			}
		} while (!(++w)->channel);
		store_relaxed(&g->claim, CLAIM_LISTING);
		chan_unlock(c);
		arch_irq_restore(was);
	}
}

/* What a case that was done, or not, is to its caller. */
static inline int finish(const struct chan_case *w, size_t i, bool ok)
{
	if (w->ok)
		*w->ok = ok;
	if (unlikely(!ok) && w->direction == CHAN_SENDS)
		chan_send_refused(w->channel);
	return (int)i;
}

static __attribute__((cold)) noinline int refuse(size_t n)
{
	panic("chan_select_array: %zu cases: a select has at most %d", n, (int)(INT32_MAX / 2 - 1));
}

/* Steps 2 to 5. */
static noinline int wait(struct chan_case *cases, size_t n, go_time limit)
{
	struct g *g = arch_self();
	uint64_t end;
	size_t i = 0;
	int32_t result;

	arch_touch_stack();
	for (; i == n || !cases[i].channel; i++)
		if (unlikely(i == n)) {
			chan_wait_for_nothing(limit);
			return -1;
		}
	/* while every channel is there: step 3 */
	for (size_t k = i; k < n; k++)
		aim(&cases[k]);
	end = likely(limit == GO_FOREVER) ? NEVER : deadline(limit);
	n = list_and_park(&cases[i], i, n, end);
	result = g->result;
	i = (uint32_t)result / 2;
	unlist_all(cases, n, i);
	if (result == RESULT_TIMEOUT)
		return -1;
	if (unlikely(cases[i].target != cases[i].value))
		chan_miss(cases[i].channel, cases[i].value);
	return finish(&cases[i], i, result & 1);
}

static noinline enum chan_result attempt_elsewhere(struct chan_case *w)
{
	aim(w);
	return chan_missed(w->channel, w->target, w->value,
	                   chan_attempt(w->channel, w->direction, w->target));
}

/* From the first that looks ready on. */
static inline int run_ready(struct chan_case *cases, size_t n, go_time limit, size_t i)
{
	do {
		struct chan_case *w = &cases[i = pick(cases, n, i)];
		enum chan_result r;

		if (likely(mem_holds(w->value)))
			r = chan_attempt(w->channel, w->direction, w->value);
		else
			r = attempt_elsewhere(w);
		if (likely(r != CHAN_NOT_READY))
			return finish(w, i, r == CHAN_OK);
		i = first_ready(cases, n);
	} while (i < n);
	return limit > 0 ? wait(cases, n, limit) : -1;
}

/* Context: goroutine; may park. With a limit of 0 or below: any. */
leaf int chan_select_array(struct chan_case *cases, size_t n, go_time limit)
{
	size_t i;

	if (unlikely(n >= INT32_MAX / 2))
		return refuse(n);
	i = first_ready(cases, n);
	if (i < n)
		return run_ready(cases, n, limit, i);
	return limit > 0 ? wait(cases, n, limit) : -1;
}

/* Context: any. */
int chan_try_array(struct chan_case *cases, size_t n)
{
	return chan_select_array(cases, n, 0);
}

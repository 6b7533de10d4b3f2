/* Select: waiting on several channels, or on one with a limit.
 *
 * 1 The select looks at every case without locks, and chooses uniformly among the cases that look
 *   ready. It runs the chosen case. If that case is no longer ready, the select looks again.
 * 2 If nothing is ready and the caller may wait, the select puts a node on each channel's list, one
 *   channel after another. It holds one channel's lock at a time: interrupts are masked for one
 *   case, and no order of locks is needed. While the select holds a lock its claim word says BUSY,
 *   and nobody can claim it: a partner that wants to do so unlocks the channel that the partner
 *   holds, and tries again (waiter.c). Between two channels the claim word says LISTING. A partner
 *   may claim the select then, by CAUGHT. The select still runs, so the partner does not ready it
 *   but writes DONE when the result is there.
 * 3 A partner that has claimed the select may go on and free a channel that the select has not come
 *   to yet. So before the select takes the next channel's lock it swaps LISTING for BUSY. If the
 *   swap fails, the select has been claimed, and touches no further channel. If a case has become
 *   ready by now, the select runs that case while BUSY, and has thereby claimed itself.
 * 4 On the last channel the select parks, BUSY and under that channel's lock. On the core stack
 *   BUSY becomes OPEN and the channel is unlocked, so no claim readies the select before it is off
 *   its stack.
 * 5 A channel may stand in several cases in the same direction, and a claimer serves the case that
 *   is listed first. A select of FEW cases at most puts a new case before one of its earlier cases
 *   on that list, or last, each with the same chance. This overtakes no other goroutine unfairly:
 *   the waiters behind an earlier case of this select stand behind the select already. A larger
 *   select chooses one of such cases before it lists any, each with the same chance, and lists no
 *   other. So no list holds many nodes of one select, and its work grows with the number of its
 *   cases, not with the square.
 * 6 Exactly one waker claims the select, by compare-and-swap on the claim word. Before the select
 *   returns it takes its other nodes off, each under its channel's lock, and its timer under the
 *   heap's lock.
 * Rejected: locking all channels of a small select at once, in the order of their addresses (it
 * masks for three times as long, and sorting costs more than the one compare-and-swap at the end);
 * a global lock.
 *
 * Orders
 *   C1 acquire  claim DONE           <- C2   the select's result is written (waiter.c)
 *   C3 release  claim OPEN           -> C4   the select is off its stack, its context saved
 *                                            (waiter.h) */
#include "base/clock.h"
#include "base/panic.h"
#include "base/rand.h"
#include "sched/sched.h"
#include "sync/bubble.h"
#include "sync/chan.h"
#include "sync/waiter.h"

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

/* Chooses a target that a partner may use while masked (A8). */
static inline void aim(struct chan_case *w)
{
	w->target = w->value;
	if (unlikely(!mem_holds(w->value)))
		aim_elsewhere(w);
	else if (ARCH_ARENA_SIZE && likely(w->channel))
		chan_touch(w->channel, w->value);
}

/* Picks one of the cases that look ready, each with the same chance; the first of them is i. */
static inline size_t pick(const struct chan_case *cases, size_t n, size_t i)
{
	size_t picked = i;
	uint32_t ready = 1;

	while (++i < n)
		if (unlikely(case_looks_ready(&cases[i])) && chance(++ready) == 0)
			picked = i;
	return picked;
}

/* Takes off the first n cases, which have been listed, but for the one that was served, if any. */
static inline void unlist_all(struct chan_case *cases, size_t n, size_t served)
{
	for (size_t i = 0; i < n; i++)
		if (i != served && cases[i].channel)
			unlist(cases[i].channel, cases[i].direction, &cases[i]);
}

/* This goroutine has been claimed while it lists: waits until the claimer has written the
 * result. */
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

/* Runs a case that looks ready; entered BUSY and under the lock. Returns CHAN_NOT_READY, still BUSY
 * and under the lock, when the case is not ready. Else unlocks and unmasks, and returns the result,
 * or CHAN_RETRY when this goroutine has been claimed. A goroutine that it claims is woken while
 * still masked, because that one may be spinning for it on this core. */
static noinline enum chan_result do_case(struct channel *c, const struct chan_case *w,
                                         unsigned long was)
{
	struct g *wake; /* apart from `other`, which lies in memory: 16 bytes less */
	enum chan_result r;
	bool done;

	for (;;) {
		struct g *other;

		r = chan_do(c, w->direction, w->target, &other);
		if (r == CHAN_NOT_READY &&
		    !arch_irq_pending()) /* that took long, and more may follow */
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

enum { FEW = 8 }; /* cases that may be looked through while masked */

/* Of n cases w, number i, was listed last, on the channel `last`. */
static noinline void park_listed_aside(enum why why, struct channel *last,
                                       const struct chan_case *w, size_t i, size_t n, uint64_t end)
{
	struct g *g = arch_self();

	if (g_off_depth(g))
		park_refused(why);
	if (n <= FEW)
		g->object = bubble_outside(w - i, i + 1);
	bounds_check(g);
	if (g_bubble(g))
		return bubble_park_select(why, commit_listed, last, end);
	park_plain_until(why, last, commit_listed, last, end);
}

static inline void park_listed(size_t i, size_t n, enum chan_direction d, const struct chan_case *w,
                               struct channel *last, uint64_t end)
{
	enum why why = n > 1 ? G_SELECT : d == CHAN_SENDS ? G_SEND : G_RECV;
	struct g *g = arch_self();

	if (unlikely(leaves_aside(g)))
		park_listed_aside(why, last, w, i, n, end);
	else if (likely(end == NEVER))
		park_plain(g, why, last, commit_listed, last);
	else
		park_plain_until(why, last, commit_listed, last, end);
}

/* Returns the case, of the i cases before w, that is to follow w in the list of w's channel, or
 * null for none. Each case that stands there has the same chance, and so has null. */
static inline struct chan_case *successor(const struct chan_case *w, size_t i)
{
	const struct chan_case *next = 0;
	uint32_t n = 1;

	for (const struct chan_case *v = w - i; v < w; v++)
		if (v->channel == w->channel && v->direction == w->direction && chance(++n) == 0)
			next = v;
	return (struct chan_case *)next;
}

/* Case w, number i of a small select, has been listed last, behind waiters that may be earlier
 * cases of this select. Moves w before one of these cases, or leaves it last, by chance. Entered
 * under the lock. */
static noinline void mix(struct channel *c, struct chan_case *w, size_t i)
{
	struct chan_case *next = successor(w, i);

	if (next) {
		take_off(c, w->direction, w);
		enlist_before(c, w->direction, w, next);
	}
}

/* Lists the cases with a channel, unmasked between two of them, and parks on the last of them; w is
 * the first, case i of n. Returns how many cases are listed; g->result tells the outcome. */
static inline size_t list_and_park(struct chan_case *w, const struct chan_case *last, size_t i,
                                   size_t n, uint64_t end)
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
		if (unlikely(asks_for_look(c, d)) && (r = do_case(c, w, was)) != CHAN_NOT_READY) {
			if (r == CHAN_RETRY)
				return await_done(g, i);
			g->result = (int32_t)(i * 2 + (r == CHAN_OK));
			return i;
		}
		if (unlikely(!enlist(c, d, w)) && i && n <= FEW)
			mix(c, w, i);
		if (w == last) {
			park_listed(i, n, d, w, c, end);
			arch_irq_restore(was);
			return n;
		}
		store_relaxed(&g->claim, CLAIM_LISTING);
		chan_unlock(c);
		arch_irq_restore(was);
		do {
			i++;
		} while (!(++w)->channel);
	}
}

/* Turns the outcome of a case into the caller's result. */
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
	panic("chan_select_array: %zu cases: a select has at most %d", n, CHAN_CASES_MAX);
}

/* Steps 2 to 6, but for the choice of a large select. */
static noinline int wait(struct chan_case *cases, size_t n, go_time limit)
{
	struct chan_case *last = cases + n;
	struct g *g = arch_self();
	uint64_t end;
	size_t i = 0;
	int32_t result;

	arch_touch_stack();
	do {
		if (unlikely(last == cases)) {
			chan_wait_for_nothing(limit);
			return -1;
		}
	} while (!(--last)->channel);
	while (!cases[i].channel)
		i++;
	/* now, while no channel can have been freed: step 3 */
	for (struct chan_case *w = &cases[i]; w <= last; w++)
		aim(w);
	end = likely(limit == GO_FOREVER) ? NEVER : deadline(limit);
	n = list_and_park(&cases[i], last, i, n, end);
	result = g->result;
	i = (uint32_t)result / 2;
	unlist_all(cases, n, i);
	if (result == RESULT_TIMEOUT)
		return -1;
	if (unlikely(cases[i].target != cases[i].value))
		chan_miss(cases[i].channel, cases[i].value);
	return finish(&cases[i], i, result & 1);
}

/* Where the cases that may be doubles of w are linked, by `before`: a hash table in the nodes, of
 * which none is listed yet. */
static inline struct chan_case **bucket(struct chan_case *cases, size_t n,
                                        const struct chan_case *w)
{
	uint32_t hash = (uint32_t)((uintptr_t)w->channel >> 4) * 0x9e3779b1u;

	return &cases[(hash >> 16) * n >> 16].next;
}

/* A case that is hidden keeps its channel in `before`, and so does one without a channel. */
static inline void hide(struct chan_case *w)
{
	w->before = (void *)w->channel;
	w->channel = 0;
}

/* Of the cases with the same channel and direction hides all but one, each with the same chance. In
 * `result` the one that is not hidden counts them. */
static inline void hide_doubles(struct chan_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cases[i].next = 0;
	for (size_t i = 0; i < n; i++) {
		struct chan_case *w = &cases[i], *v, **at;

		for (at = bucket(cases, n, w); (v = *at); at = &v->before)
			if (v->channel == w->channel && v->direction == w->direction)
				break;
		if (!w->channel || (v && chance(++v->result) != 0)) {
			hide(w);
			continue;
		}
		w->before = v ? v->before : 0;
		w->result = v ? v->result : 1;
		*at = w;
		if (v)
			hide(v);
	}
}

static noinline int wait_and_show(struct chan_case *cases, size_t n, go_time limit)
{
	int served = wait(cases, n, limit);

	for (size_t i = 0; i < n; i++)
		if (!cases[i].channel)
			cases[i].channel = (void *)cases[i].before;
	return served;
}

/* Ends in a jump, so that its frame is gone during the wait. */
static noinline int wait_large(struct chan_case *cases, size_t n, go_time limit)
{
	if (unlikely(arch_self()->preempt_off))
		arch_self()->object = bubble_outside(cases, n);
	hide_doubles(cases, n);
	return wait_and_show(cases, n, limit);
}

static inline int wait_any(struct chan_case *cases, size_t n, go_time limit)
{
	return likely(n <= FEW) ? wait(cases, n, limit) : wait_large(cases, n, limit);
}

/* Runs a ready case, or waits; i is the first case that looks ready. */
static inline int run_ready(struct chan_case *cases, size_t n, go_time limit, size_t i)
{
	do {
		struct chan_case *w = &cases[i = pick(cases, n, i)];
		enum chan_result r = chan_attempt(w->channel, w->direction, w->value);

		if (likely(r != CHAN_NOT_READY))
			return finish(w, i, r == CHAN_OK);
		i = first_ready(cases, n);
	} while (i < n);
	return limit > 0 ? wait_any(cases, n, limit) : -1;
}

/* Context: goroutine; may park. With a limit of 0 or below: any. */
leaf int chan_select_array(struct chan_case *cases, size_t n, go_time limit)
{
	size_t i;

	if (unlikely(n > CHAN_CASES_MAX))
		return refuse(n);
	i = first_ready(cases, n);
	if (i < n)
		return run_ready(cases, n, limit, i);
	return limit > 0 ? wait_any(cases, n, limit) : -1;
}

/* Context: any. */
int chan_try_array(struct chan_case *cases, size_t n)
{
	return chan_select_array(cases, n, 0);
}

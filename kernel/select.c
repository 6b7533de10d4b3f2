/* Select: waiting on several channels, or on one with a limit.
 *
 * 1 Look at every case without locks and choose uniformly among those that look ready; do that one. What was ready may be
 *   gone: then look again.
 * 2 Nothing is ready, and the caller wants to wait. It puts a node on each channel's list under that channel's lock and no
 *   other: so interrupts are masked for one case at a time, and no order of locks is needed. Meanwhile it may be claimed.
 *   So its claim word says LISTING; whoever claims it then does not ready it but writes DONE. When all are listed it
 *   parks, and on the core stack LISTING becomes OPEN: no claim readies it before it is off its stack.
 * 3 A case that looks ready while it lists is done on the spot, and then it must not be claimed itself: it goes BUSY, does
 *   the case, and is TAKEN by itself, or LISTING again. Who wants to claim a BUSY one waits: it holds one channel's lock
 *   and is about to let it go; of two BUSY ones that want each other the higher address backs off (waiter.c).
 * 4 Whoever wakes it has claimed it once, by compare-and-swap on the claim word. Before it returns it takes its other
 *   nodes off, each under its channel's lock, and its timer under the heap's.
 * Rejected: locking all channels of a small select at once, in the order of their addresses (it masks for three times as
 * long, and sorting costs more than the one compare-and-swap at the end); a global lock.
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

static inline bool live(const struct chan_case *w)
{
	return w->channel;
}

static uint32_t chance(uint32_t n)
{
	unsigned long was = arch_irq_off();
	uint32_t r = rand_below(&arch_core()->rand, n);

	arch_irq_restore(was);
	return r;
}

/* One of the cases that look ready, each with the same chance; n: none. */
static size_t pick(const struct chan_case *cases, size_t n)
{
	size_t picked = n;
	uint32_t ready = 0;

	for (size_t i = 0; i < n; i++)
		if (chan_looks_ready(&cases[i]) && (++ready == 1 || chance(ready) == 0))
			picked = i;
	return picked;
}

/* Off the list of its channel, unless it has been dropped from it. */
static inline void unlist(struct chan_case *w)
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

static void leave_lists(struct chan_case *cases, size_t n, size_t except)
{
	for (size_t i = 0; i < n; i++)
		if (i != except && live(&cases[i]))
			unlist(&cases[i]);
}

/* What its claimer left. */
static enum chan_result result(struct g *g, uint32_t *chosen)
{
	if (g->result == RESULT_TIMEOUT)
		return CHAN_NOT_READY;
	*chosen = (uint32_t)g->result >> 1;
	return g->result & 1 ? CHAN_OK : CHAN_CLOSED;
}

static enum why why_of(const struct chan_case *cases, size_t n)
{
	size_t i = 0;

	while (i < n && !live(&cases[i]))
		i++;
	if (i == n)
		return G_FOREVER;
	if (n > 1)
		return G_SELECT;
	return cases->direction == CHAN_SENDS ? G_SEND : G_RECV;
}

static uint64_t deadline(go_time limit)
{
	return board_clock() + clock_ticks(limit);
}

static void await_done(struct g *g)
{
	while (load_acquire(&g->claim) != CLAIM_DONE) /* C1 */
		arch_relax();
}

static void commit_listing(void *arg)
{
	struct g *g = arch_self();

	(void)arg;
	if (!cas_release(&g->claim, CLAIM_LISTING, CLAIM_OPEN)) { /* C3 */
		await_done(g);
		ready(g);
	}
	schedule();
}

/* Does a case that looks ready, or lists it. CHAN_NOT_READY: it is listed; CHAN_RETRY: this goroutine has been claimed. */
static __attribute__((noinline)) enum chan_result do_or_list(struct chan_case *w, struct g *g)
{
	struct wake wake = {0};
	enum chan_result r;
	unsigned long was;

	do {
		was = arch_irq_off();
		chan_lock(w->channel);
		if (!cas_relaxed(&g->claim, CLAIM_LISTING, CLAIM_BUSY)) {
			chan_unlock(w->channel);
			arch_irq_restore(was);
			return CHAN_RETRY;
		}
		r = chan_do(w, &wake);
		if (r == CHAN_NOT_READY)
			enlist(w->channel, w->direction, w);
		store_relaxed(&g->claim, r == CHAN_NOT_READY || r == CHAN_RETRY ? CLAIM_LISTING : CLAIM_TAKEN);
		chan_unlock(w->channel);
		if (wake.g)
			waiter_wake(&wake);
		arch_irq_restore(was);
	} while (r == CHAN_RETRY);
	return r;
}

/* Lists a case, unless it looks ready. */
static inline bool list(struct chan_case *w)
{
	struct channel *c = w->channel;
	unsigned long was = arch_irq_off();
	bool listed;

	chan_lock(c);
	listed = !chan_looks_ready(w);
	if (likely(listed))
		enlist(c, w->direction, w);
	chan_unlock(c);
	arch_irq_restore(was);
	return listed;
}

/* Lists the cases; *listed of them are when it ends. A8: whoever serves one writes to its value. */
static inline enum chan_result list_all(struct chan_case *cases, size_t n, struct g *g, size_t *listed)
{
	enum chan_result r = CHAN_NOT_READY;
	size_t i;

	for (i = 0; i < n; i++) {
		struct chan_case *w = &cases[i];

		if (!live(w))
			continue;
		w->result = i * 2;
		w->g = g;
		if (w->direction == CHAN_RECEIVES)
			chan_touch(w->channel, w->value);
		if (unlikely(!list(w)) && (r = do_or_list(w, g)) != CHAN_NOT_READY)
			break;
	}
	*listed = i;
	return r;
}

/* Steps 2 to 4. */
static __attribute__((noinline)) enum chan_result wait(struct chan_case *cases, size_t n, go_time limit,
                                                       uint32_t *chosen)
{
	struct g *g = arch_self();
	struct timer_node timer;
	size_t listed;
	enum chan_result r;
	unsigned long was;

	arch_touch_stack();
	store_relaxed(&g->claim, CLAIM_LISTING);
	r = list_all(cases, n, g, &listed);
	if (r == CHAN_OK || r == CHAN_CLOSED) {
		*chosen = listed;
		leave_lists(cases, listed, n);
		return r;
	}
	was = arch_irq_off();
	if (r == CHAN_RETRY) {
		await_done(g);
	} else {
		if (limit != GO_FOREVER)
			timer_start(&timer, g, deadline(limit));
		park(why_of(cases, n), cases->channel, commit_listing, 0);
		if (limit != GO_FOREVER)
			timer_cancel(&timer);
	}
	arch_irq_restore(was);
	r = result(g, chosen);
	leave_lists(cases, listed, r == CHAN_NOT_READY ? n : *chosen);
	return r;
}

/* Context: goroutine; may park. With a limit of 0 or below: any. */
enum chan_result select_run(struct chan_case *cases, size_t n, go_time limit, uint32_t *chosen)
{
	enum chan_result r = CHAN_RETRY;

	while (r == CHAN_RETRY) {
		size_t i = pick(cases, n);

		if (i < n) {
			*chosen = i;
			r = chan_attempt(&cases[i]);
			if (r == CHAN_NOT_READY)
				r = CHAN_RETRY;
		} else if (limit <= 0) {
			return CHAN_NOT_READY;
		} else {
			r = wait(cases, n, limit, chosen);
		}
	}
	return r;
}

static int outcome(struct chan_case *cases, uint32_t chosen, enum chan_result r)
{
	struct chan_case *w = &cases[chosen];

	if (r == CHAN_NOT_READY)
		return -1;
	if (r == CHAN_CLOSED && w->direction == CHAN_SENDS)
		chan_send_refused(w->channel);
	if (w->ok)
		*w->ok = r == CHAN_OK;
	return chosen;
}

/* Context: goroutine; may park. */
int chan_select_array(struct chan_case *cases, size_t n, go_time limit)
{
	uint32_t chosen = 0;
	enum chan_result r;

	assert_that(n > 0 && n < INT32_MAX / 2, "chan_select_array: %zu cases: a select needs at least one", n);
	r = select_run(cases, n, limit, &chosen);
	return outcome(cases, chosen, r);
}

/* Context: any. */
int chan_try_array(struct chan_case *cases, size_t n)
{
	return chan_select_array(cases, n, 0);
}

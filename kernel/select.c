/* Select: waiting on several channels, or on one with a limit.
 *
 * 1 Look at every case without locks and choose uniformly among those that look ready; do that one.
 *   What was ready may be gone: then look again.
 * 2 Nothing is ready, and the caller wants to wait. It puts a node on each channel's list under
 *   that channel's lock and no other: so interrupts are masked for one case at a time, and no order
 *   of locks is needed. Meanwhile it may be claimed. So its claim word says LISTING; whoever claims
 *   it then does not ready it but writes DONE. When all are listed it parks, and on the core stack
 *   LISTING becomes OPEN: no claim readies it before it is off its stack.
 * 3 Whoever has claimed it may free a channel that it has not come to. So before it takes the next
 *   channel's lock it goes from LISTING to BUSY, or finds that it has been claimed and touches no
 *   other channel; BUSY, it cannot be claimed: who wants to lets its own channel go and tries again
 *   (waiter.c). A case that looks ready by now it does while BUSY, and then has claimed itself.
 * 4 Whoever wakes it has claimed it once, by compare-and-swap on the claim word. Before it returns
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

static uint32_t chance(uint32_t n)
{
	unsigned long was = arch_irq_off();
	uint32_t r = rand_below(&arch_core()->rand, n);

	arch_irq_restore(was);
	return r;
}

/* One of the cases that look ready, each with the same chance; n: none, and then every value has
 * been touched (A8): whoever serves a waiting case writes to it. */
static size_t pick(const struct chan_case *cases, size_t n)
{
	size_t picked = n;
	uint32_t ready = 0;

	for (size_t i = 0; i < n; i++) {
		const struct chan_case *w = &cases[i];

		if (!w->channel)
			continue;
		if (ready == 0 && w->direction == CHAN_RECEIVES)
			chan_touch(w->channel, w->value);
		if (looks_ready(w->channel, w->direction) && (++ready == 1 || chance(ready) == 0))
			picked = i;
	}
	return picked;
}

/* Off the list of its channel, unless it has been dropped there: then it points to itself. */
static inline void unlist(struct channel *c, struct chan_case *w, enum chan_direction d)
{
	unsigned long was = arch_irq_off();

	chan_lock(c);
	if (w->next == w)
		c->dropped--;
	else
		take_off(c, d, w);
	chan_unlock(c);
	arch_irq_restore(was);
}

static inline void unlist_all(struct chan_case *cases, size_t n, size_t except)
{
	for (size_t i = 0; i < n; i++) {
		struct chan_case *w = &cases[i];

		if (i == except || !w->channel)
			continue;
		if (w->direction == CHAN_RECEIVES)
			unlist(w->channel, w, CHAN_RECEIVES);
		else
			unlist(w->channel, w, CHAN_SENDS);
	}
}

static void await_done(struct g *g)
{
	while (load_acquire(&g->claim) != CLAIM_DONE) /* C1 */
		arch_relax();
}

static void commit_listing(void *arg)
{
	struct g *g = arg;

	if (!cas_release(&g->claim, CLAIM_LISTING, CLAIM_OPEN)) { /* C3 */
		await_done(g);
		ready(g, arch_irq_off());
	}
	schedule();
}

/* BUSY and under the lock: does a case that looks ready, or lists it. CHAN_NOT_READY: it is listed;
 * CHAN_RETRY: this goroutine has been claimed. Whom it claims its caller wakes,
 * who needs less stack, still masked: that one may be spinning for it, masked, on this core. */
static __attribute__((noinline)) enum chan_result do_or_list(struct chan_case *w, struct wake *wake,
                                                             unsigned long was)
{
	struct g *g = w->g;
	enum chan_result r;

	for (;;) {
		r = chan_do(w, wake);
		if (r == CHAN_NOT_READY)
			enlist(w->channel, w->direction, w);
		store_relaxed(&g->claim,
		              r == CHAN_NOT_READY || r == CHAN_RETRY ? CLAIM_LISTING : CLAIM_TAKEN);
		chan_unlock(w->channel);
		wake->was = was;
		if (!wake->g)
			arch_irq_restore(was);
		if (r != CHAN_RETRY)
			return r;
		waiter_await(wake);
		was = arch_irq_off();
		if (!cas_relaxed(&g->claim, CLAIM_LISTING, CLAIM_BUSY)) {
			arch_irq_restore(was);
			return CHAN_RETRY;
		}
		chan_lock(w->channel);
	}
}

/* Lists a case, or does it. The same results. */
static inline enum chan_result list(struct channel *c, struct chan_case *w, enum chan_direction d,
                                    struct wake *wake)
{
	struct g *g = w->g;
	unsigned long was = arch_irq_off();

	if (unlikely(!cas_relaxed(&g->claim, CLAIM_LISTING, CLAIM_BUSY))) {
		arch_irq_restore(was);
		return CHAN_RETRY;
	}
	chan_lock(c);
	if (unlikely(looks_ready(c, d)))
		return do_or_list(w, wake, was);
	enlist(c, d, w);
	store_relaxed(&g->claim, CLAIM_LISTING);
	chan_unlock(c);
	arch_irq_restore(was);
	return CHAN_NOT_READY;
}

/* Lists the cases; *listed of them are when it ends, or the next one has been done. */
static inline enum chan_result list_all(struct chan_case *cases, size_t n, struct g *g,
                                        size_t *listed, struct wake *wake)
{
	enum chan_result r = CHAN_NOT_READY;
	size_t i;

	for (i = 0; i < n; i++) {
		struct chan_case *w = &cases[i];
		struct channel *c = w->channel;

		w->result = i * 2;
		w->g = g;
		if (!c)
			continue;
		r = w->direction == CHAN_SENDS ? list(c, w, CHAN_SENDS, wake)
		                               : list(c, w, CHAN_RECEIVES, wake);
		if (unlikely(r != CHAN_NOT_READY))
			break;
	}
	*listed = i;
	return r;
}

static enum why why_of(const struct chan_case *cases, size_t n)
{
	size_t i = 0;

	while (i < n && !cases[i].channel)
		i++;
	if (i == n)
		return G_FOREVER;
	if (n > 1)
		return G_SELECT;
	return cases->direction == CHAN_SENDS ? G_SEND : G_RECV;
}

/* All cases are listed. */
static __attribute__((noinline)) void park_until(struct g *g, enum why why, struct channel *c,
                                                 go_time limit)
{
	struct timer_node timer;
	unsigned long was = arch_irq_off();

	timer_start(&timer, g, board_clock() + clock_ticks(limit));
	park(why, c, commit_listing, g);
	timer_cancel(&timer);
	arch_irq_restore(was);
}

/* Steps 2 to 4: what the claimer left. */
static __attribute__((noinline)) int32_t wait(struct chan_case *cases, size_t n, go_time limit)
{
	struct g *g = arch_self();
	struct wake wake = {0};
	unsigned long was;
	size_t listed;
	enum chan_result r;

	arch_touch_stack();
	store_relaxed(&g->claim, CLAIM_LISTING);
	r = list_all(cases, n, g, &listed, &wake);
	if (r == CHAN_RETRY) {
		await_done(g);
	} else if (r == CHAN_NOT_READY && limit == GO_FOREVER) {
		was = arch_irq_off();
		park(why_of(cases, n), cases->channel, commit_listing, g);
		arch_irq_restore(was);
	} else if (r == CHAN_NOT_READY) {
		park_until(g, why_of(cases, n), cases->channel, limit);
	} else {
		g->result = (int32_t)(listed * 2 + (r == CHAN_OK));
	}
	if (unlikely(wake.g))
		waiter_wake(&wake, wake.was);
	unlist_all(cases, listed, g->result == RESULT_TIMEOUT ? n : (uint32_t)g->result / 2);
	return g->result;
}

/* The index of the case that ran, twice, and 1 if it was not closed; RESULT_TIMEOUT. */
static inline int32_t run_one(struct chan_case *cases, size_t n, go_time limit)
{
	enum chan_result r;
	size_t i;

	while ((i = pick(cases, n)) < n)
		if ((r = chan_attempt(&cases[i])) != CHAN_NOT_READY)
			return (int32_t)(i * 2 + (r == CHAN_OK));
	return limit > 0 ? wait(cases, n, limit) : RESULT_TIMEOUT;
}

/* Context: goroutine; may park. With a limit of 0 or below: any. */
int chan_select_array(struct chan_case *cases, size_t n, go_time limit)
{
	struct chan_case *w;
	int32_t result;
	uint32_t i;

	assert_that(n > 0 && n < INT32_MAX / 2,
	            "chan_select_array: %zu cases: a select needs at least one", n);
	result = run_one(cases, n, limit);
	if (result == RESULT_TIMEOUT)
		return -1;
	i = (uint32_t)result / 2;
	w = &cases[i];
	if (w->ok)
		*w->ok = result & 1;
	if (unlikely(!(result & 1)) && w->direction == CHAN_SENDS)
		chan_send_refused(w->channel);
	return (int)i;
}

/* Context: any. */
int chan_try_array(struct chan_case *cases, size_t n)
{
	return chan_select_array(cases, n, 0);
}

static enum chan_result run_alone(struct chan_case *w, go_time limit)
{
	int32_t result = run_one(w, 1, limit);

	if (result == RESULT_TIMEOUT)
		return CHAN_NOT_READY;
	return result & 1 ? CHAN_OK : CHAN_CLOSED;
}

/* Context: goroutine; may park. */
enum chan_result chan_send_from_for(struct channel *c, const void *value, go_time limit)
{
	struct chan_case w = {.channel = c, .value = (void *)value, .direction = CHAN_SENDS};

	return run_alone(&w, limit);
}

/* Context: goroutine; may park. */
enum chan_result chan_recv_to_for(struct channel *c, void *value, go_time limit)
{
	struct chan_case w = {.channel = c, .value = value};

	return run_alone(&w, limit);
}

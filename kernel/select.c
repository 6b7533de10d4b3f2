/* Select: waiting on several channels, or on one with a limit.
 *
 * 1 Look at every case without locks and choose uniformly among those that look ready; do that one. What was ready may be
 *   gone: then look again.
 * 2 Nothing is ready, and the caller wants to wait. Up to CONFIG_SELECT_LOCKED cases: lock all their channels in the order
 *   of their addresses, do a case that has become ready meanwhile, else put a node on each list, park, and unlock on the
 *   core stack: no claim can come before the goroutine is off its stack.
 * 3 More cases would mask for too long. They are listed one channel at a time, and this goroutine may be claimed while it
 *   is still at it. So its claim word says LISTING; whoever claims it then does not ready it but writes DONE. When it
 *   finds a case ready while it is listed elsewhere it must not be claimed itself: it goes BUSY, does the case, and is
 *   TAKEN by itself, or LISTING again. Who wants to claim a BUSY one waits: it holds one channel's lock and is about to
 *   let it go; of two BUSY ones that want each other the higher address backs off (claim_slow in chan.c).
 * 4 Whoever wakes it has claimed it once, by compare-and-swap on the claim word. Before it returns it takes its other
 *   nodes off, each under its channel's lock, and its timer under the heap's.
 * Rejected: one protocol for all sizes (the general one costs a compare-and-swap a case more); a global lock. */
#include "chan.h"
#include "clock.h"
#include "panic.h"
#include "rand.h"
#include "sched.h"

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

/* The distinct channels of up to CONFIG_SELECT_LOCKED cases, in the order of their addresses. */
struct locked {
	unsigned n;
	struct channel *channel[CONFIG_SELECT_LOCKED];
};

static void sort(struct locked *l, const struct chan_case *cases, size_t n)
{
	l->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct channel *c = cases[i].channel;
		unsigned at = l->n;

		while (at > 0 && l->channel[at - 1] > c)
			at--;
		if (!c || (at > 0 && l->channel[at - 1] == c))
			continue;
		for (unsigned j = l->n++; j > at; j--)
			l->channel[j] = l->channel[j - 1];
		l->channel[at] = c;
	}
}

static void lock_all(const struct locked *l)
{
	for (unsigned i = 0; i < l->n; i++)
		chan_lock(l->channel[i]);
}

static void unlock_all(const struct locked *l)
{
	for (unsigned i = 0; i < l->n; i++)
		chan_unlock(l->channel[i]);
}

/* After the first unlock the goroutine may run elsewhere, and its frame be gone: so from a copy. */
static void commit_locked(void *arg)
{
	struct locked *from = arg, l;

	l.n = from->n;
	for (unsigned i = 0; i < l.n; i++)
		l.channel[i] = from->channel[i];
	unlock_all(&l);
	schedule();
}

/* A node on every live case's list. */
static void enlist(struct chan_case *cases, size_t n, struct g *g)
{
	for (size_t i = 0; i < n; i++) {
		cases[i].index = i;
		cases[i].g = g;
		if (live(&cases[i]))
			chan_enlist(&cases[i]);
	}
}

static void leave_lists(struct chan_case *cases, size_t n, size_t except)
{
	for (size_t i = 0; i < n; i++)
		if (i != except && live(&cases[i]))
			chan_unlist(&cases[i]);
}

/* What its claimer left. */
static enum chan_result result(struct g *g, uint32_t *chosen)
{
	if (g->result == RESULT_TIMEOUT)
		return CHAN_NOT_READY;
	*chosen = (uint32_t)g->result / 2;
	return g->result & 1 ? CHAN_OK : CHAN_CLOSED;
}

static enum why why_of(const struct chan_case *cases, size_t n)
{
	if (n > 1)
		return G_SELECT;
	return cases->direction == CHAN_SENDS ? G_SEND : G_RECV;
}

static uint64_t deadline(go_time limit)
{
	return board_clock() + clock_ticks(limit);
}

static bool any_looks_ready(const struct chan_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (chan_looks_ready(&cases[i]))
			return true;
	return false;
}

/* Step 2. CHAN_RETRY: look again. */
static __attribute__((noinline)) enum chan_result wait_locked(struct chan_case *cases, size_t n, go_time limit,
                                                              uint32_t *chosen)
{
	struct g *g = arch_self();
	struct timer_node timer;
	struct locked l;
	enum chan_result r;
	unsigned long was;

	sort(&l, cases, n);
	was = arch_irq_off();
	lock_all(&l);
	if (any_looks_ready(cases, n)) {
		unlock_all(&l);
		arch_irq_restore(was);
		return CHAN_RETRY;
	}
	store_relaxed(&g->claim, CLAIM_OPEN);
	enlist(cases, n, g);
	if (limit != GO_FOREVER)
		timer_start(&timer, g, deadline(limit));
	park(l.n ? why_of(cases, n) : G_FOREVER, cases->channel, commit_locked, &l);
	if (limit != GO_FOREVER)
		timer_cancel(&timer);
	arch_irq_restore(was);
	r = result(g, chosen);
	leave_lists(cases, n, r == CHAN_NOT_READY ? n : *chosen);
	return r;
}

/* Step 3. */

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

/* Does case i, or lists it. CHAN_NOT_READY: it is listed; CHAN_RETRY: this goroutine has been claimed. */
static enum chan_result do_or_list(struct chan_case *w, struct g *g)
{
	struct chan_wake wake = {0};
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
			chan_enlist(w);
		store_relaxed(&g->claim, r == CHAN_NOT_READY || r == CHAN_RETRY ? CLAIM_LISTING : CLAIM_TAKEN);
		chan_unlock(w->channel);
		if (wake.g)
			chan_wake_up(&wake);
		arch_irq_restore(was);
	} while (r == CHAN_RETRY);
	return r;
}

/* Lists the cases; *listed of them are when it ends. */
static enum chan_result list_all(struct chan_case *cases, size_t n, struct g *g, size_t *listed)
{
	enum chan_result r = CHAN_NOT_READY;

	for (*listed = 0; *listed < n && r == CHAN_NOT_READY; ++*listed) {
		struct chan_case *w = &cases[*listed];

		w->index = *listed;
		w->g = g;
		if (live(w))
			r = do_or_list(w, g);
		if (r != CHAN_NOT_READY)
			break;
	}
	return r;
}

static __attribute__((noinline)) enum chan_result wait_listing(struct chan_case *cases, size_t n, go_time limit,
                                                               uint32_t *chosen)
{
	struct g *g = arch_self();
	struct timer_node timer;
	size_t listed;
	enum chan_result r;
	unsigned long was;

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
		park(G_SELECT, cases->channel, commit_listing, 0);
		if (limit != GO_FOREVER)
			timer_cancel(&timer);
	}
	arch_irq_restore(was);
	r = result(g, chosen);
	leave_lists(cases, listed, r == CHAN_NOT_READY ? n : *chosen);
	return r;
}

/* A8: whoever serves a case writes to its value. */
static void touch_all(const struct chan_case *cases, size_t n)
{
	arch_touch_stack();
	for (size_t i = 0; i < n; i++)
		if (live(&cases[i]) && cases[i].direction == CHAN_RECEIVES)
			chan_touch(cases[i].channel, cases[i].value);
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
			touch_all(cases, n);
			r = n <= CONFIG_SELECT_LOCKED ? wait_locked(cases, n, limit, chosen)
			                              : wait_listing(cases, n, limit, chosen);
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

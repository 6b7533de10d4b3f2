/* Claiming the waiters that somebody else may claim too: see waiter.h.
 *
 * A listed waiter may have been claimed through another channel or by its timer: then a claim
 * fails, its node is dropped and the next one is tried. So "a waiter is listed" does not mean
 * "ready". Dropping goes on for CONFIG_WAKE_BATCH nodes before the lock is let go and interrupts
 * are taken: thousands of selects may have been served elsewhere meanwhile. A select takes itself
 * off every list before it returns, and `dropped` counts those who will come and find that done:
 * chan_free waits for them.
 *
 * Orders
 *   C2 release  claim DONE  -> C1   its result is written (select.c) */
#include "waiter.h"
#include "clock.h"

enum taken { TAKEN, TAKEN_BY_OTHERS, TAKEN_SELF, TAKEN_LATER };

/* One that is BUSY may be waiting for the lock that we hold, or for one whose holder waits for us:
 * so we let go of ours before we wait. */
static enum taken claim(struct g *g)
{
	for (;;) {
		switch (load_relaxed(&g->claim)) {
		case CLAIM_OPEN:
			if (cas_acquire(&g->claim, CLAIM_OPEN, CLAIM_TAKEN)) /* C4 */
				return TAKEN;
			break;
		case CLAIM_LISTING:
			if (cas_relaxed(&g->claim, CLAIM_LISTING, CLAIM_CAUGHT))
				return TAKEN;
			break;
		case CLAIM_BUSY:
			return g == arch_self() ? TAKEN_SELF : TAKEN_LATER;
		default:
			return TAKEN_BY_OTHERS;
		}
	}
}

/* The first waiter that can be claimed, claimed and off its list; *other is its goroutine. Null:
 * nobody waits, or, when *other is set, the caller is to wait for that one, without the lock, and
 * then to try again: the caller itself, when it has dropped some and interrupts get their turn.
 * Context: any, masked, under CHAN. */
struct chan_case *waiter_claim(struct channel *c, enum chan_direction d, struct g **other)
{
	struct chan_case *w, *next;
	unsigned left = CONFIG_WAKE_BATCH;

	for (w = list_of(c, d)->first; w; w = next) {
		enum taken taken = w->result == WAITER_SOLE ? TAKEN : claim(w->g);

		next = w->next;
		if (taken == TAKEN_SELF)
			continue;
		*other = w->g;
		if (taken == TAKEN_LATER)
			return 0;
		take_off(c, d, w);
		if (taken == TAKEN)
			return w;
		w->next = w;
		c->dropped++;
		*other = 0;
		if (--left == 0)
			break;
	}
	if (left < CONFIG_WAKE_BATCH)
		*other = arch_self();
	return 0;
}

enum { PATIENCE = 1000 }; /* looks at one that is busy with a channel, which takes less */

/* Of two that were BUSY and wanted each other, the one at the lower address tries again at once;
 * the other is claimed. A g is one for ever, so it may be looked at when it has gone on.
 * Context: any. */
void waiter_await(const struct g *busy)
{
	for (unsigned i = busy < arch_self() ? 16 : 0; i; i--)
		arch_relax();
	for (unsigned i = 0; i < PATIENCE && load_relaxed(&busy->claim) == CLAIM_BUSY; i++)
		arch_relax();
}

/* Context: any, masked. */
leaf unsigned waiter_wake(struct g *g, unsigned long was)
{
	if (likely(load_relaxed(&g->claim) != CLAIM_CAUGHT))
		return ready(g, was);
	store_release(&g->claim, CLAIM_DONE); /* C2 */
	arch_irq_restore(was);
	return 1;
}

/* Context: any. */
uint64_t deadline(go_time limit)
{
	return limit == GO_FOREVER ? NEVER : board_clock() + clock_ticks(limit);
}

/* On nothing that could come.
 * Context: goroutine; may park. */
void chan_wait_for_nothing(go_time limit)
{
	if (limit != GO_FOREVER)
		return go_sleep(limit);
	arch_irq_off();
	park(G_FOREVER, 0, commit_wait, 0);
}

struct until {
	struct timer_node timer;
	void (*commit)(void *);
	void *arg;
};

static void commit_until(void *arg)
{
	struct until *until = arg;

	timer_start(&until->timer, arch_self(), until->timer.when);
	until->commit(until->arg);
}

/* Context: goroutine, masked; may park. */
void park_until(enum why why, const void *object, void (*commit)(void *), void *arg, uint64_t end)
{
	struct until until;

	if (end == NEVER)
		return park(why, object, commit, arg);
	until.timer.when = end;
	until.commit = commit;
	until.arg = arg;
	park(why, object, commit_until, &until);
	arch_irq_on(); /* that was long enough */
	arch_irq_off();
	timer_cancel(&until.timer);
}

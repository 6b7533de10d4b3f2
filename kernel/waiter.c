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
#include "sched.h"

enum taken { TAKEN, TAKEN_LISTING, TAKEN_BY_OTHERS, TAKEN_SELF, TAKEN_LATER };

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
			if (cas_relaxed(&g->claim, CLAIM_LISTING, CLAIM_TAKEN))
				return TAKEN_LISTING;
			break;
		case CLAIM_BUSY:
			return g == arch_self() ? TAKEN_SELF : TAKEN_LATER;
		default:
			return TAKEN_BY_OTHERS;
		}
	}
}

/* The first waiter that can be claimed, claimed and off its list; null: nobody waits. *again:
 * nobody so far.
 * Context: any, masked, under CHAN. */
struct chan_case *waiter_claim(struct channel *c, enum chan_direction d, struct wake *wake,
                               bool *again)
{
	struct chan_case *w = list_of(c, d)->first, *next;
	unsigned left = CONFIG_WAKE_BATCH;

	for (; w; w = next) {
		enum taken taken = w->result == WAITER_SOLE ? TAKEN : claim(w->g);

		next = w->next;
		if (taken <= TAKEN_BY_OTHERS)
			take_off(c, d, w);
		if (taken <= TAKEN_LISTING) {
			wake->g = w->g;
			wake->listing = taken == TAKEN_LISTING;
			return w;
		}
		if (taken == TAKEN_BY_OTHERS) {
			w->next = w;
			c->dropped++;
		}
		if (taken == TAKEN_LATER)
			wake->busy = w->g;
		if (taken == TAKEN_LATER || (taken == TAKEN_BY_OTHERS && --left == 0)) {
			*again = true;
			return 0;
		}
	}
	return 0;
}

enum { PATIENCE = 1000 }; /* looks at one that is busy with a channel, which takes less */

/* Of two that were BUSY and wanted each other, the one at the lower address tries again at once;
 * the other is claimed. A g is one for ever, so it may be looked at when it has gone on.
 * Context: any. */
void waiter_await(struct wake *wake)
{
	struct g *busy = wake->busy;

	if (!busy)
		return;
	wake->busy = 0;
	for (unsigned i = busy < arch_self() ? 16 : 0; i; i--)
		arch_relax();
	for (unsigned i = 0; i < PATIENCE && load_relaxed(&busy->claim) == CLAIM_BUSY; i++)
		arch_relax();
}

/* Context: any, masked. */
void waiter_wake(struct wake *wake, unsigned long was)
{
	if (wake->g && !wake->listing) {
		ready(wake->g, was);
		return;
	}
	if (wake->g)
		store_release(&wake->g->claim, CLAIM_DONE); /* C2 */
	arch_irq_restore(was);
}

/* Claiming the waiters that somebody else may claim too: see waiter.h.
 *
 * A listed waiter may have been claimed through another channel or by its timer: then a claim fails, its node is dropped
 * and the next one is tried. So "a waiter is listed" does not mean "ready". Dropping goes on for CONFIG_WAKE_BATCH nodes
 * before the lock is let go and interrupts are taken: thousands of selects may have been served elsewhere meanwhile. A
 * select takes itself off every list before it returns, and `dropped` counts those who will come and find that done:
 * chan_free waits for them.
 *
 * Orders
 *   C2 release  claim DONE  -> C1   its result is written (select.c) */
#include "waiter.h"
#include "sched.h"

enum taken { TAKEN, TAKEN_LISTING, TAKEN_BY_OTHERS, TAKEN_SELF, TAKEN_LATER };

enum { PATIENCE = 64 }; /* looks at one that is busy with a channel: about as long as that takes */

/* One that is BUSY may wait for the lock that we hold, or for one whose holder waits for us: we wait for a moment, and no
 * longer. Of two that are BUSY and want each other the one at the higher address gives in at once. */
static enum taken claim(struct g *g)
{
	struct g *me = arch_self();
	bool busy = load_relaxed(&me->claim) == CLAIM_BUSY;
	unsigned patience = PATIENCE;

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
			if ((busy && me > g) || --patience == 0)
				return TAKEN_LATER;
			arch_relax();
			break;
		default:
			return TAKEN_BY_OTHERS;
		}
	}
}

/* The first waiter that can be claimed, claimed and off its list; null: nobody waits. *again: nobody so far.
 * Context: any, masked, under CHAN. */
struct chan_case *waiter_claim(struct channel *c, enum chan_direction d, struct wake *wake, bool *again)
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
		if (taken == TAKEN_LATER || (taken == TAKEN_BY_OTHERS && --left == 0)) {
			*again = true;
			return 0;
		}
	}
	return 0;
}

/* Context: any, masked. */
void waiter_wake(struct wake *wake, unsigned long was)
{
	if (wake->g && wake->listing)
		store_release(&wake->g->claim, CLAIM_DONE); /* C2 */
	else if (wake->g)
		ready(wake->g);
	arch_irq_restore(was);
}

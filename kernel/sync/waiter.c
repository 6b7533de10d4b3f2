/* Claiming waiters that others may claim too: see waiter.h.
 *
 * A listed waiter may have been claimed through another channel or by its timer. Then a claim
 * fails, the node is dropped and the next one is tried. So "a waiter is listed" does not mean
 * "ready". Thousands of selects may have been served elsewhere, so after CONFIG_WAKE_BATCH dropped
 * nodes the claimer unlocks and takes interrupts. A select takes itself off every list before it
 * returns. `dropped` counts the waiters that will come and find themselves off already: chan_free
 * waits for them.
 *
 * Orders
 *   C2 release  claim DONE  -> C1   its result is written (select.c) */
#include "sync/waiter.h"
#include "base/clock.h"

enum taken { TAKEN, TAKEN_BY_OTHERS, TAKEN_SELF, TAKEN_LATER };

/* A BUSY select may wait for the lock that we hold, or for a lock whose holder waits for us. So we
 * unlock ours before we wait. */
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

/* Claims the first waiter that can be claimed, takes it off its list, and sets *other to its
 * goroutine. Returns null when nobody waits. Returns null with *other set when the caller must
 * unlock, wait for *other and try again. *other is the caller itself when it has dropped some nodes
 * and only interrupts are to get their turn.
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

enum { PATIENCE = 1000 }; /* looks at a BUSY goroutine, whose work on a channel takes less */

/* Waits a while for a BUSY goroutine. Of two that were BUSY and wanted each other, the one at the
 * lower address tries again at once, and claims the other. A g is one for ever, so it may be looked
 * at when it has gone on.
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

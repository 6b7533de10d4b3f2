/* Who runs next: see the head of pick.c.
 *
 * Orders
 *   S1 full     next in ready           <-> I1, -> S2   its pusher sees the sleeper or the sleeper
 *                                                       sees it
 *   S2 full     next in take            <- S1   what the readier wrote is visible; and who sees the
 *                                               slot empty sees what was pushed before */
#ifndef SKEIN_PICK_H
#define SKEIN_PICK_H
#include "sched/core.h"

void run(struct core *, struct g *); /* g's slice has been stamped. Does not return */

/* Into the queues. */
void put_head(struct core *, struct g *); /* runs next, here or elsewhere */
void put_tail(struct core *, struct g *); /* to the end of this core's line */
void put_away(struct g *);                /* into the queue of its core, or the global one */

/* Out of the queues. A goroutine that is taken belongs to this core. */
/* the goroutine whose turn it is in this core's line, its pinned goroutines included, or null */
struct g *pick_turn(struct core *);
struct g *pick_anywhere(struct core *); /* looks everywhere once; null: nothing */

void watch_line(struct core *); /* sets core->strict: must woken goroutines wait for their turn? */

/* g has waited for its turn, so it owes nothing and gets a whole slice.
 * Context: core stack. */
static inline struct g *whole_slice(struct g *g)
{
	if (g)
		g->spent = 0;
	return g;
}

/* Takes the goroutine in the next slot, which only this core fills.
 * Context: core stack. */
static inline struct g *take_next(struct core *core)
{
	return load_relaxed(&core->next) ? swap_full(&core->next, 0) : 0; /* S2 */
}

/* Before the next pick takes from the ring, it asks which goroutines an interrupt readied, and then
 * whose turn it is.
 * Context: core stack. */
static inline void pick_look(struct core *core)
{
	poke(&core->stats.skipped, core->stats.skipped + core->picks - 1);
	core->picks = 1;
}

/* If g is the goroutine that watch_line watches, it has had its turn. It may come to the same
 * place in the ring again.
 * Context: core stack. */
static inline void pick_ran(struct core *core, const struct g *g)
{
	if (unlikely(g == core->last))
		core->last = 0;
}

/* While g waits here g->spent stands still: it is relative to now until g is taken.
 * Context: core stack. */
static inline void put_interrupted(struct core *core, struct g *g)
{
	uint64_t now = arch_cycles();

	g->spent = !g->frame && g->spent > now ? g->spent - now : 0;
	g->next = core->interrupted;
	core->interrupted = g;
	pick_look(core);
}

/* Context: core stack. */
static inline struct g *take_interrupted(struct core *core)
{
	struct g *g = core->interrupted;

	if (g) {
		core->interrupted = g->next;
		g->spent += arch_cycles();
	}
	return g;
}

#endif

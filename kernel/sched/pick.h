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
/* Runs the goroutine that an interrupt readied first. The other readied ones come next, then g,
 * which may be null. */
void run_woken(struct core *, struct g *);

/* Into the queues. */
void put_head(struct core *, struct g *); /* runs next, here or elsewhere */
void put_tail(struct core *, struct g *); /* to the end of this core's line */
void put_away(struct g *);                /* into the queue of its core, or the global one */

/* Out of the queues. A goroutine that is taken belongs to this core. */
/* the goroutine whose turn it is in this core's line, its pinned goroutines included, or null */
struct g *pick_turn(struct core *);
struct g *pick_anywhere(struct core *); /* looks everywhere once; null: nothing */
/* Takes the goroutines that interrupts have readied. Returns the first of them; the others go to
 * the head of the ring, in front of g, which may be null. Returns g when none was readied, and null
 * when this core is beyond the limit of go_maxprocs and may not run the one that it found. */
struct g *take_woken(struct core *, struct g *);

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

/* May the goroutine that has left its stack go on at once? Yes, if none waits in the next slot or
 * the ring. It goes on with its slice. At the end of the slice the other queues get their turn.
 * Context: core stack. */
static inline bool pick_again(struct core *core)
{
	if (core->slow || core->picks == 1 || load_relaxed(&core->next) ||
	    !runq_looks_empty(&core->runq))
		return false;
	core->picks--;
	return true;
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

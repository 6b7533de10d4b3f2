/* Does everybody in a core's line get a turn? See turns.c. */
#ifndef SKEIN_TURNS_H
#define SKEIN_TURNS_H
#include <stdbool.h>
#include <stdint.h>
#include "base/hot.h"

struct core;
struct g;

struct turns {
	uint32_t given; /* by pick_turn; every second one is for a pinned goroutine */
	uint32_t looks; /* that the core has made because a slice's time was over: preempt.c */
	/* the watch: the goroutine that was last in the ring, and its index; and the numbers of
	 * the turn and of the look by which the line must have moved */
	struct g *last;
	uint32_t last_at, given_by, looks_by;
	bool strict; /* woken goroutines must wait for their turn */
};

void turns_watch(struct core *); /* sets strict */

/* g has had its turn. It may come to the same place in the ring again.
 * Context: core stack. */
static inline void turns_ran(struct turns *turns, const struct g *g)
{
	if (unlikely(g == turns->last))
		turns->last = 0;
}

#endif

/* Bubbles, for the files of this floor and for reports: see bubble.c. */
#ifndef SKEIN_BUBBLE_H
#define SKEIN_BUBBLE_H
#include "base/atomic.h"
#include "sched/above.h"
#include "sched/sched.h"
#include "sync/chan.h"

struct bubble {
	uint32_t running; /* atomic: B1 B2: its goroutines whose wait is not counted */
	uint32_t living;  /* atomic: those that were made in it and have not ended */
	uint16_t number;
	struct g *keeper; /* who called go_bubble */
	struct g *waiter; /* atomic: who called go_bubble_wait */
	go_time now;      /* written by the keeper, while nobody else runs */
	struct timers timers;
};

/* Moves the clock, as the keeper, until all goroutines of the bubble have ended. */
void bubble_keep(struct bubble *);
/* The channel, which this goroutine makes, is of its bubble, if it has one. Returns the channel. */
struct channel *bubble_adopts(struct channel *);
_Noreturn void panic_foreign_channel(const struct channel *);

/* Panics unless the channel is of this goroutine's bubble or of none.
 * Context: any, under CHAN. */
static inline void bubble_admits(const struct channel *c)
{
	const struct bubble *b;

	if (likely(!(c->state & CHAN_BUBBLE_BIT)))
		return;
	b = g_bubble(arch_self());
	if (unlikely(!b || b->number != c->bubble))
		panic_foreign_channel(c);
}

/* A channel of n cases that is not of this goroutine's bubble, or null. */
const struct channel *bubble_outside(const struct chan_case *, size_t n);
/* bubble_park of a select; commit unlocks the channel `last`. The caller has put what
 * bubble_outside returned into this goroutine's `object`. */
void bubble_park_select(enum why, void (*commit)(void *), struct channel *last, uint64_t end);
/* timer_call, on the clock of this goroutine's bubble. */
void bubble_call(struct timer_node *, void (*due)(struct timer_node *), uint64_t when);

#endif

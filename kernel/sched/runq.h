/* A core's run queue: a bounded ring of runnable goroutines. The owner pushes and pops; any other
 * core steals half. */
#ifndef SKEIN_RUNQ_H
#define SKEIN_RUNQ_H
#include <stdbool.h>
#include <stdint.h>
#include "base/atomic.h"
#include "base/config.h"
#include "base/hot.h"

struct g;
struct gqueue;

struct runq {
	/* atomic: low 16 bits index, the rest counts: Q3 Q4 Q5 Q6 Q9 */
	uint32_t head;
	uint32_t tail;               /* atomic, written by the owner only: Q1 Q2 Q8 */
	struct g *slot[CONFIG_RING]; /* atomic, written by the owner only */
};

/* Pushes up to n goroutines of a chain (g->next) at the tail, and leaves the rest in the chain.
 * Returns how many it pushed. */
unsigned runq_push_chain(struct runq *, struct g **chain, unsigned n);
/* Steals half of victim: returns one goroutine to run, pushes the rest into own. */
struct g *runq_steal(struct runq *own, struct runq *victim);
/* Takes out the first few goroutines, chained by g->next. */
struct gqueue runq_spill(struct runq *);
bool runq_empty(struct runq *); /* any core; exact for work published before a full operation */

_Static_assert((CONFIG_RING & (CONFIG_RING - 1)) == 0 && CONFIG_RING <= 0x8000,
               "a power of two, indexed by 16 bits");

static inline unsigned runq_length(uint32_t head, uint32_t tail)
{
	return (uint16_t)(tail - head);
}

static inline struct g **runq_slot(struct runq *q, uint32_t i)
{
	return &q->slot[i % CONFIG_RING];
}

/* At the tail. False: it is full, or, if elsewhere is not null, it is empty while *elsewhere is not
 * 0. Context: the owner, masked. */
static __attribute__((always_inline)) inline bool runq_push_behind(struct runq *q, struct g *g,
                                                                   const uint32_t *elsewhere)
{
	uint32_t tail = load_relaxed(&q->tail);
	unsigned n = runq_length(load_acquire(&q->head), tail); /* Q3 */

	if (!elsewhere ? n == CONFIG_RING
	               : unlikely(n - 1 >= CONFIG_RING - 1) && (n || load_relaxed(elsewhere)))
		return false;
	store_relaxed(runq_slot(q, tail), g);
	store_full(&q->tail, tail + 1); /* Q1 */
	return true;
}

/* At the tail; false: full. Context: the owner, masked. */
static inline bool runq_push(struct runq *q, struct g *g)
{
	return runq_push_behind(q, g, 0);
}

/* At the head, so it runs before the rest; false: full. Context: the owner, masked. */
static inline bool runq_push_head(struct runq *q, struct g *g)
{
	uint32_t tail = load_relaxed(&q->tail), head;

	do {
		head = load_acquire(&q->head); /* Q3 */
		if (runq_length(head, tail) == CONFIG_RING)
			return false;
		store_relaxed(runq_slot(q, head - 1), g);
	} while (!cas_full(&q->head, head, head + 0xffff)); /* Q5 */
	return true;
}

/* From the head; null: empty. Context: the owner, masked. */
static inline struct g *runq_pop(struct runq *q)
{
	uint32_t tail = load_relaxed(&q->tail), head;
	struct g *g;

	do {
		head = load_relaxed(&q->head);
		if (runq_length(head, tail) == 0)
			return 0;
		g = load_relaxed(runq_slot(q, head));
	} while (!cas_release(&q->head, head, head + 1)); /* Q9 */
	if (!g)
		__builtin_unreachable();
	return g;
}

/* How many goroutines wait there: a hint, for other cores. */
static inline unsigned runq_looks(struct runq *q)
{
	unsigned n = runq_length(load_relaxed(&q->head), load_relaxed(&q->tail));

	return n <= CONFIG_RING ? n : 0; /* head is younger than tail */
}

static inline bool runq_looks_empty(struct runq *q)
{
	return runq_length(load_relaxed(&q->head), load_relaxed(&q->tail)) == 0;
}

#endif

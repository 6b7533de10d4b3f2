/* The run queue's ring, the only lock-free structure of the kernel.
 *
 * [head, tail) are the runnable goroutines, in slots taken modulo the ring's size. Only the owner,
 * masked, writes tail and the slots. The owner and the thieves compete for head by
 * compare-and-swap: who moves head from h to h + n owns the goroutines h .. h + n - 1. A thief
 * copies first and swaps after, so what it copied counts only if head stood still.
 *
 * runq_push_head moves head back, which alone would break "head stood still": a thief could read
 * index h, the owner pop h and push another goroutine at h again, and the thief's swap would
 * succeed with the goroutine of before. So runq_push_head adds 0xffff to head: the index, the low
 * half, goes back by one, and the high half counts the push, or the next step over zero. Until head
 * has its old value again there must be 65,536 pushes and as many pops, or 2^32 pops. That is far
 * more than a core can do in the few dozen masked instructions between a thief's load and its swap.
 *
 * The owner's three operations are inline in runq.h: a switch is made of them.
 *
 * Orders
 *   Q1 full     tail in push       -> Q2   the slot is filled before it can be seen; full for the
 *                                          sleeper's look (idle.c)
 *   Q2 acquire  tail in steal      <- Q1, <- Q8
 *   Q3 acquire  head in push       <- Q4   a thief has finished reading the slots that are written
 *                                          again
 *   Q4 release  head in steal      -> Q3
 *   Q5 full     head in push_head  -> Q6   the slot is filled before it can be seen; full as Q1
 *   Q6 acquire  head in steal      <- Q5
 *   Q7 full     head, tail in empty <-> I1 (idle.c), <- Q9  the sleeper sees the work or its pusher
 *               sees the sleeper
 *   Q8 release  tail in push_chain -> Q2   as Q1; what the chain is taken from says to the sleeper
 *                                          that it has moved (S3)
 *   Q9 release  head in pop        -> Q7   who sees it gone sees what was pushed before: one that
 *                                          yields, of which nobody is told
 * Rejected: a lock a ring (8 instructions more on every switch); Chase-Lev's order (owner at the
 * tail, last in first out) starves; a separate slot for what an interrupt put back is one more
 * place for thieves and sleepers to look. */
#include "sched/runq.h"
#include "arch.h"
#include "base/atomic.h"
#include "sched/g.h"

static inline unsigned less(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* n, or fewer: so many slots from index i on lie one behind the other. */
static inline unsigned unwrapped(uint32_t i, unsigned n)
{
	return less(n, CONFIG_RING - i % CONFIG_RING);
}

/* Context: the owner, masked. */
unsigned runq_push_chain(struct runq *q, struct g **chain, unsigned n)
{
	uint32_t tail = load_relaxed(&q->tail);
	uint32_t room = CONFIG_RING - runq_length(load_acquire(&q->head), tail); /* Q3 */
	struct g **to = runq_slot(q, tail), *g = *chain;

	n = unwrapped(tail, less(n, room));
	for (struct g **end = to + n; to != end; to++, g = g->next)
		store_relaxed(to, g);
	*chain = g;
	store_release(&q->tail, tail + n); /* Q8 */
	return n;
}

/* One step of a theft: half of what the victim has left, rounded up, but at most `most` and
 * CONFIG_BATCH. Puts the first goroutine into *first, unless that is null, and the others into own,
 * which has room. Returns how many it took. 0: there was nothing, or another thief was faster. */
static unsigned take(struct runq *own, struct runq *victim, unsigned most, struct g **first)
{
	uint32_t head = load_acquire(&victim->head);                 /* Q6 */
	unsigned n = runq_length(head, load_acquire(&victim->tail)); /* Q2 */
	uint32_t tail = load_relaxed(&own->tail), aside = first != 0;
	struct g **from = runq_slot(victim, head), **to = runq_slot(own, tail), **end, *g;

	n = less(n - n / 2, less(most, CONFIG_BATCH));
	if (n == 0)
		return 0;
	n = unwrapped(head, n);
	n = unwrapped(tail, n - aside) + aside;
	g = load_relaxed(from);
	for (end = from + n, from += aside; from != end; from++, to++)
		store_relaxed(to, load_relaxed(from));
	if (!cas_release(&victim->head, head, head + n)) /* Q4 */
		return 0;
	if (aside)
		*first = g;
	if (n > aside)
		store_full(&own->tail, tail + n - aside); /* Q1 */
	return n;
}

/* Takes half of the victim's ring, rounded up, in steps, between which it may end because of a
 * pending interrupt; own must be empty. Null: there was nothing, or another thief was faster.
 * Context: core stack, the owner of own. */
struct g *runq_steal(struct runq *own, struct runq *victim)
{
	unsigned half = (runq_looks(victim) + 1) / 2, n;
	struct g *first = 0;

	for (n = take(own, victim, half, &first); n && (half -= n) && !arch_irq_pending();)
		n = take(own, victim, half, 0);
	return first;
}

/* Takes the first CONFIG_BATCH, or fewer. Once head has moved they are ours, and nobody but the
 * owner writes slots, so they are read after.
 * Context: the owner, masked. */
leaf struct gqueue runq_spill(struct runq *q)
{
	uint32_t tail = load_relaxed(&q->tail), head;
	struct g **from, *first, *last;
	unsigned n;

	do {
		head = load_relaxed(&q->head);
		n = runq_length(head, tail);
		if (n == 0)
			return (struct gqueue){0};
		n = unwrapped(head, less(n, CONFIG_BATCH));
	} while (!cas_relaxed(&q->head, head, head + n));
	from = runq_slot(q, head);
	first = last = load_relaxed(from);
	for (struct g **end = from++ + n; from != end; from++)
		last = last->next = load_relaxed(from);
	last->next = 0;
	return (struct gqueue){.head = first, .tail = last, .n = n};
}

/* Context: any, masked. */
bool runq_empty(struct runq *q)
{
	uint32_t head = load_full(&q->head); /* Q7 */

	return runq_length(head, load_full(&q->tail)) == 0; /* Q7 */
}

/* The heap of struct timers: 4-ary, in an array of pages that grows in O(1). A core has one
 * (timer.c), and so has a bubble (sync/bubble.c). All is done under the lock of the heap.
 *
 * In the heap of a bubble, behind the n entries that are in order, stand those that have arrived
 * since the bubble's clock moved last. They are not in order, so to arrive takes a few
 * instructions, however many timers there are.
 *
 * Rejected: a pairing heap, whose worst delete is linear.
 *
 * Orders
 *   T1 release  n in take_out  -> S7   who sees the timer gone sees that its core is awake
 *                                      (report/deadlock.c) */
#ifndef SKEIN_HEAP_H
#define SKEIN_HEAP_H
#include "base/atomic.h"
#include "base/hot.h"
#include "memory/mem.h"
#include "sched/timer.h"

#define ENTRIES (PAGE_SIZE / sizeof(struct timer_entry))    /* in a page */
#define POINTERS (PAGE_SIZE / sizeof(struct timer_entry *)) /* in a page of pointers */

/* The index of the first entry. So the four children of an entry begin at a multiple of four, and
 * lie in one page. */
enum { ROOT = 3 };

static inline uint32_t parent_of(uint32_t i)
{
	return i / 4 + 2;
}

static inline uint32_t first_child_of(uint32_t i)
{
	return 4 * (i - 2);
}

static inline struct timer_entry *at(struct timers *t, uint32_t i)
{
	return &t->root[i / (ENTRIES * POINTERS)][i / ENTRIES % POINTERS][i % ENTRIES];
}

static inline void put(struct timer_entry *hole, uint32_t i, struct timer_entry e)
{
	*hole = e;
	e.node->place = i;
}

/* Adds one page of entries; false: out of memory. */
static __attribute__((unused)) bool grow(struct timers *t)
{
	struct timer_entry ***pointers = &t->root[t->pages / POINTERS];

	if (t->pages / POINTERS >= sizeof(t->root) / sizeof(t->root[0]))
		return false;
	if (t->pages % POINTERS == 0 && !(*pointers = mem_pages(0)))
		return false;
	if (!((*pointers)[t->pages % POINTERS] = mem_pages(0)))
		return false;
	t->pages++;
	return true;
}

/* Moves the hole at i towards the first entry until e fits in. */
static __attribute__((always_inline)) inline void up(struct timers *t, uint32_t i,
                                                     struct timer_entry e)
{
	struct timer_entry *hole = at(t, i), *parent;

	for (; i > ROOT; i = parent_of(i), hole = parent) {
		parent = at(t, parent_of(i));
		if (parent->when <= e.when)
			break;
		put(hole, i, *parent);
	}
	put(hole, i, e);
}

static inline struct timer_entry *earlier(struct timer_entry *a, struct timer_entry *b)
{
	return b->when < a->when ? b : a;
}

/* Returns the earliest of n entries, but looks at the first four only. */
static inline struct timer_entry *earliest(struct timer_entry *e, uint32_t n)
{
	if (likely(n >= 4))
		return earlier(earlier(e, e + 1), earlier(e + 2, e + 3));
	return n == 1 ? e : n == 2 ? earlier(e, e + 1) : earlier(earlier(e, e + 1), e + 2);
}

/* Moves the hole at i away from the first entry until e fits in. */
static __attribute__((unused)) void down(struct timers *t, uint32_t i, struct timer_entry e)
{
	uint32_t end = ROOT + t->n, first;
	struct timer_entry *hole = at(t, i);

	while ((first = first_child_of(i)) < end) {
		struct timer_entry *child = at(t, first), *best = earliest(child, end - first);

		if (best->when >= e.when)
			break;
		put(hole, i, *best);
		hole = best;
		i = first + (best - child);
	}
	put(hole, i, e);
}

/* Puts the last entry, which n no longer counts, into the place i of an entry that was taken
 * out. */
static noinline __attribute__((unused)) void fill(struct timers *t, uint32_t i)
{
	struct timer_entry last = *at(t, ROOT + t->n);

	if (i == ROOT + t->n)
		return;
	if (i > ROOT && at(t, parent_of(i))->when > last.when)
		up(t, i, last);
	else
		down(t, i, last);
}

/* Takes node out and returns its place, which the caller fills. */
static inline uint32_t take_out(struct timers *t, struct timer_node *node)
{
	uint32_t i = node->place;

	store_release(&t->n, t->n - 1); /* T1 */
	node->place = TIMER_OUT;
	return i;
}

/* Adds an entry behind the heap; there is room for it. */
static inline void arrive(struct timers *t, struct timer_entry e)
{
	uint32_t i = ROOT + t->n + t->arrived++;

	put(at(t, i), i, e);
}

/* The first entry that has arrived stands in the next place of the heap already. */
static inline void settle(struct timers *t)
{
	t->arrived--;
	store_relaxed(&t->n, t->n + 1);
	up(t, ROOT + t->n - 1, *at(t, ROOT + t->n - 1));
}

/* Takes out a node of the heap or of those that have arrived. The last of these fills the gap
 * behind the heap or among them. */
static __attribute__((unused)) void take_any(struct timers *t, struct timer_node *node)
{
	uint32_t i = node->place, last;

	if (i < ROOT + t->n) {
		fill(t, take_out(t, node));
		i = ROOT + t->n;
	} else {
		node->place = TIMER_OUT;
		t->arrived--;
	}
	last = ROOT + t->n + t->arrived;
	if (i != last)
		put(at(t, i), i, *at(t, last));
}

#endif

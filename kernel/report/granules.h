/* What go_leaks knows of memory: bits for its granules (leaks.c), and which blocks there are
 * (granules.c). */
#ifndef SKEIN_GRANULES_H
#define SKEIN_GRANULES_H
#include "memory/mem.h"
#include "memory/pages.h"
#include "sched/g.h"
#include "skein.h"

enum { GRANULE = 16, BITS = 8 * sizeof(unsigned long), KEYS = 3 /* of a g */ };

struct key {
	uintptr_t low; /* where a block begins; 0: unused */
	struct g *g;
};

struct search {
	struct pages_area area;
	size_t heap, granules; /* of the heap, and of heap and pages together */
	size_t words;          /* of each of the three: */
	unsigned long *starts, *marks, *greys;
	size_t from; /* no word of greys before it has a bit */
	struct key *keys;
	size_t mask; /* the number of keys, a power of two, less 1 */
	void *memory;
	unsigned order;
	struct g *caller;
	go_time patience; /* with cores that do not stand yet */
	bool stood;       /* there was one */
	size_t bytes, leaks;
};

/* The bits. */

static inline bool bit(const unsigned long *bits, size_t i)
{
	return bits[i / BITS] >> i % BITS & 1;
}

static inline void set(unsigned long *bits, size_t i)
{
	bits[i / BITS] |= 1ul << i % BITS;
}

static inline void clear(unsigned long *bits, size_t i)
{
	bits[i / BITS] &= ~(1ul << i % BITS);
}

/* Of an address outside of heap and pages it is s->granules. */
static inline size_t granule_of(const struct search *s, uintptr_t p)
{
	if (p - s->area.pages < s->area.pages_end - s->area.pages)
		return s->heap + (p - s->area.pages) / GRANULE;
	return p - s->area.heap < s->heap * GRANULE ? (p - s->area.heap) / GRANULE : s->granules;
}

static inline uintptr_t address_of(const struct search *s, size_t i)
{
	return i < s->heap ? s->area.heap + i * GRANULE : s->area.pages + (i - s->heap) * GRANULE;
}

/* The block that granule i lies in. The first granule of the heap and of the pages is a start. */
static inline size_t start_of(const struct search *s, size_t i)
{
	size_t word = i / BITS;
	unsigned long bits = s->starts[word] & ~0ul >> (BITS - 1 - i % BITS);

	while (!bits)
		bits = s->starts[--word];
	return word * BITS + BITS - 1 - __builtin_clzl(bits);
}

/* Behind the last granule stands a start. */
static inline size_t end_of(const struct search *s, size_t i)
{
	do
		i++;
	while (!bit(s->starts, i));
	return i;
}

static inline struct g *next_g(struct g *g)
{
	do
		g = g_next(g);
	while (g && g_why(g) == G_FREE);
	return g;
}

/* Where the g stands, or will stand, whose block begins at an address, or whose slot ends there. */
struct key *granules_key(const struct search *, uintptr_t low);
/* All blocks, before the search: which begin where, and which of them are not searched. */
void granules_list(struct search *);

#endif

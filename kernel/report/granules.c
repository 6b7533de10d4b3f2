/* The blocks that memory consists of, for go_leaks: see leaks.c. */
#include "report/granules.h"
#include "base/atomic.h"
#include "report/report.h"
#include "sched/grow.h"

/* A block begins at p. */
static void begin(struct search *s, const void *p, bool searched)
{
	size_t i = granule_of(s, (uintptr_t)p);

	set(s->starts, i);
	if (searched)
		clear(s->marks, i);
	else
		set(s->marks, i);
}

/* What lies before malloc's first block is a block too. */
static void list_heap(struct search *s)
{
	const void *memory = 0;
	bool used;

	if (s->heap)
		begin(s, (void *)s->area.heap, true);
	while ((memory = libc_heap_next(memory, &used)))
		begin(s, memory, used);
}

/* The blocks of a chunk, or the run that is one block. Returns its order. */
static unsigned list_chunk(struct search *s, const struct slab *slab, char *chunk)
{
	for (size_t i = 0; i < slab->room; i += slab->size)
		begin(s, chunk + i, true);
	begin(s, chunk, true);
	return slab->order;
}

static void list_pages(struct search *s)
{
	uintptr_t page = s->area.pages;

	while (page < s->area.pages_end) {
		unsigned number = pages_noted(page), order = 0;

		if (number)
			order = list_chunk(s, &mem_sizes[number - 1], (char *)page);
		else
			begin(s, (void *)page, false);
		page += PAGE_SIZE << order;
	}
	set(s->starts, s->granules);
}

/* Blocks of chunks that are not in use. */
static void list_free(struct search *s)
{
	for (struct slab *slab = mem_sizes; slab < mem_sizes + MEM_SIZES; slab++) {
		for (void **block = slab->free; block; block = *block)
			begin(s, block, false);
		for (char *block = slab->cut; block < slab->end; block += slab->size)
			begin(s, block, false);
	}
}

/* Context: masked, while all cores stand. */
struct key *granules_key(const struct search *s, uintptr_t low)
{
	uint32_t hash = (uint32_t)(low / GRANULE) * 0x9e3779b1u;
	size_t i = hash ^ hash >> 16;

	while (s->keys[i & s->mask].low && s->keys[i & s->mask].low != low)
		i++;
	return &s->keys[i & s->mask];
}

/* A block of a goroutine, cut out of pages that are not searched. */
static void list_of_g(struct search *s, struct g *g, uintptr_t low, size_t size)
{
	uintptr_t page = (low / PAGE_SIZE + 1) * PAGE_SIZE;
	size_t end = granule_of(s, low) + size / GRANULE;

	begin(s, (void *)low, true);
	for (; page < low + size; page += PAGE_SIZE) {
		clear(s->starts, granule_of(s, page));
		clear(s->marks, granule_of(s, page));
	}
	if (!bit(s->starts, end)) {
		set(s->starts, end);
		set(s->marks, end);
	}
	*granules_key(s, low) = (struct key){low, g};
}

/* A stack in a slot is known by the slot's end. The pages behind it are not searched by their own
 * addresses. */
static void list_stack(struct search *s, struct g *g)
{
	uintptr_t end = (uintptr_t)(g->top + 1);

	if (grow_slotted(g))
		*granules_key(s, end) = (struct key){end, g};
	else
		list_of_g(s, g, g->stack, g->top->stack_size);
}

static void list_goroutines(struct search *s)
{
	for (struct g *g = next_g(0); g; g = next_g(g)) {
		list_of_g(s, g, (uintptr_t)g, SLAB_SIZE(sizeof(*g)));
		list_stack(s, g);
		if (g->top->borrowed)
			list_of_g(s, g, g->top->borrowed, g->top->borrowed_size);
	}
}

/* Context: masked, while all cores stand. */
void granules_list(struct search *s)
{
	list_heap(s);
	list_pages(s);
	list_free(s);
	list_goroutines(s);
}

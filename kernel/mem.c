/* Physical memory: see mem.h. The lock `memory` (POOL) guards the range, each slab's lock its list. */
#include "mem.h"

static struct lock memory;
static uintptr_t heap_end, pages_start; /* guarded by memory: the free range between heap and pages */
static uintptr_t heap_start;

/* Context: boot. */
void mem_init(uintptr_t start, uintptr_t end)
{
	heap_start = heap_end = (start + 15) & ~(uintptr_t)15;
	pages_start = end & ~(uintptr_t)(PAGE_SIZE - 1);
}

static void *pages_locked(size_t bytes)
{
	bytes = (bytes + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
	if (bytes > pages_start - heap_end)
		return 0;
	pages_start -= bytes;
	return (void *)pages_start;
}

/* Context: any, masked; under a slab's lock at most. */
void *mem_pages(size_t bytes)
{
	void *pages;

	lock(&memory, RANK_PAGES);
	pages = pages_locked(bytes);
	unlock(&memory);
	return pages;
}

/* Context: any, masked. */
void *mem_grow(ptrdiff_t bytes)
{
	void *old = 0;

	lock(&memory, RANK_PAGES);
	if (bytes < 0 ? (uintptr_t)-bytes <= heap_end - heap_start : (uintptr_t)bytes <= pages_start - heap_end) {
		old = (void *)heap_end;
		heap_end += bytes;
	}
	unlock(&memory);
	return old;
}

/* Context: any. */
size_t mem_free_bytes(void)
{
	return pages_start - heap_end;
}

/* Takes a new chunk: a page, or as many as one large block needs. */
static bool slab_grow(struct slab *s)
{
	size_t bytes = s->size + s->header <= PAGE_SIZE ? PAGE_SIZE : s->size + s->header;
	char *chunk = mem_pages(bytes);

	if (!chunk)
		return false;
	s->cut = chunk + s->header;
	s->end = s->cut + (bytes - s->header) / s->size * s->size;
	if (s->header) {
		((struct chunk *)chunk)->older = s->chunks;
		s->chunks = (struct chunk *)chunk;
	}
	return true;
}

static void *slab_cut(struct slab *s)
{
	char *block;

	if (s->cut == s->end && !slab_grow(s))
		return 0;
	block = s->cut;
	s->cut += s->size;
	if (s->header)
		s->chunks->end = s->cut;
	s->made++;
	return block;
}

/* Context: any, masked. */
void *slab_get(struct slab *s, bool *fresh)
{
	void **block;

	lock(&s->lock, RANK_POOL);
	block = s->free;
	if (fresh)
		*fresh = !block;
	if (block)
		s->free = *block;
	else
		block = slab_cut(s);
	if (block && ++s->used > s->peak)
		s->peak = s->used;
	unlock(&s->lock);
	return block;
}

/* Context: any, masked. */
void slab_put(struct slab *s, void *block)
{
	lock(&s->lock, RANK_POOL);
	*(void **)block = s->free;
	s->free = block;
	s->used--;
	unlock(&s->lock);
}

/* Context: any; exact while nobody cuts. */
void *slab_next(struct slab *s, void *block)
{
	struct chunk *chunk = s->chunks;
	char *next = block ? (char *)block + s->size : 0;

	if (!block)
		return chunk ? (char *)chunk + s->header : 0;
	while (next - s->size < (char *)chunk || next > chunk->end)
		chunk = chunk->older;
	if (next < chunk->end)
		return next;
	chunk = chunk->older;
	return chunk ? (char *)chunk + s->header : 0;
}

enum { SMALLEST = 6, SIZES = 26 }; /* 64 bytes to 2 GB */

static struct slab sizes[SIZES];

static struct slab *slab_of(size_t size)
{
	unsigned log = size <= 1 << SMALLEST ? SMALLEST : 8 * sizeof(long) - __builtin_clzl(size - 1);

	if (log - SMALLEST >= SIZES)
		return 0;
	sizes[log - SMALLEST].size = 1u << log; /* always the same: no lock needed */
	return &sizes[log - SMALLEST];
}

/* Context: any, masked. */
void *mem_alloc(size_t size)
{
	struct slab *s = slab_of(size);

	return s ? slab_get(s, 0) : 0;
}

/* Context: any, masked. */
void mem_free(void *block, size_t size)
{
	slab_put(slab_of(size), block);
}

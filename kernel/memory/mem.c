/* Physical memory: see mem.h. The lock `memory` (PAGES) guards the free range. Each slab's lock
 * guards the slab's free list.
 *
 * A listed slab is walked without its lock, while other cores cut blocks from it. A block is made
 * blank and then cut, and its user says when the block is filled (g.c). A new chunk is published
 * after its link is set and `cut` points to its first block. So a walker that meets a chunk finds
 * one of two states: `cut` lies in the chunk, and the blocks before `cut` are cut; or `cut` has
 * gone on to a newer chunk, and all blocks of this one are cut.
 *
 * Orders
 *   K1 release  cut in slab_take    -> K2   the block is blank
 *               and in grow                 and so are all of the chunk before
 *   K2 acquire  cut in slab_next    <- K1
 *   K5 release  chunks in grow      -> K6   the chunk's link, and where it is cut
 *   K6 acquire  chunks in slab_next <- K5 */
#include "memory/mem.h"
#include "base/atomic.h"
#include "board.h"

static struct lock memory;
/* guarded by memory: the free range between heap and pages */
static uintptr_t heap_end, pages_start;
static uintptr_t heap_start;

struct slab mem_sizes[MEM_SIZES];
struct mem_objects mem_objects;

extern char rodata_end[];

/* Context: any. */
bool mem_writable(const void *p, size_t n)
{
	uintptr_t at = (uintptr_t)p;

	if (at - mem_objects.start <= mem_objects.size + MEM_OBJECT - n)
		return true;
	for (unsigned i = 0; i < sizeof(board.device) / sizeof(board.device[0]); i++)
		if (at >= board.device[i].start && at < board.device[i].end &&
		    n <= board.device[i].end - at)
			return true;
	return false;
}

/* Context: boot. */
void mem_init(uintptr_t start, uintptr_t end)
{
	mem_objects.start = (uintptr_t)rodata_end;
	mem_objects.size = end - (uintptr_t)rodata_end - MEM_OBJECT;
	heap_start = heap_end = (start + 15) & ~(uintptr_t)15;
	pages_start = end & ~(uintptr_t)(PAGE_SIZE - 1);
	for (unsigned i = 0; i < MEM_SIZES; i++)
		mem_sizes[i].size = MEM_SMALLEST << i;
}

/* Context: any, masked; under a slab's lock at most. */
void *mem_pages(size_t bytes)
{
	void *pages = 0;

	lock(&memory, RANK_PAGES);
	if (bytes <= pages_start - heap_end) {
		pages_start -= bytes;
		pages = (void *)pages_start;
	}
	unlock(&memory);
	return pages;
}

/* Context: any, masked. */
void *mem_grow(ptrdiff_t bytes)
{
	void *old = 0;

	lock(&memory, RANK_PAGES);
	if (bytes < 0 ? (uintptr_t)-bytes <= heap_end - heap_start
	              : (uintptr_t)bytes <= pages_start - heap_end) {
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

/* Takes a new chunk for eight small blocks or one large block, in whole pages. */
static bool grow(struct slab *s)
{
	size_t bytes = s->listed ? PAGE_SIZE : s->size > PAGE_SIZE / 2 ? s->size : 8 * s->size;
	size_t header = s->listed ? sizeof(struct chunk) : 0;
	char *chunk;

	bytes = (bytes + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
	chunk = mem_pages(bytes);
	if (!chunk)
		return false;
	store_release(&s->cut, chunk + header); /* K1 */
	s->end = chunk + header + (bytes - header) / s->size * s->size;
	if (s->listed) {
		((struct chunk *)chunk)->older = s->chunks;
		store_release(&s->chunks, (struct chunk *)chunk); /* K5 */
	}
	return true;
}

static noinline void *get_slowly(struct slab *s)
{
	void *block;

	lock(&s->lock, RANK_POOL);
	block = slab_take(s);
	if (!block && grow(s))
		block = slab_take(s);
	unlock(&s->lock);
	return block;
}

static inline void give(struct slab *s, void *block)
{
	*(void **)block = s->free;
	s->free = block;
	s->used--;
	unlock(&s->lock);
}

static noinline void put_slowly(struct slab *s, void *block)
{
	lock(&s->lock, RANK_POOL);
	give(s, block);
}

/* Context: any, masked. */
leaf void *slab_get(struct slab *s)
{
	void *block = slab_try(s);

	return likely(block) ? block : get_slowly(s);
}

/* Context: any, masked. */
leaf void slab_put(struct slab *s, void *block)
{
	if (CONFIG_CHECK || unlikely(!lock_try(&s->lock)))
		return put_slowly(s, block);
	give(s, block);
}

/* Returns the end of the blocks that have been cut from a chunk. */
static inline char *cut_end(const struct slab *s, struct chunk *chunk)
{
	char *cut = load_acquire(&s->cut); /* K2 */

	/* never at the chunk's start, and at its end when the blocks fill it */
	return (uintptr_t)cut - 1 - (uintptr_t)chunk < PAGE_SIZE ? cut : (char *)chunk + PAGE_SIZE;
}

static inline char *first_block(struct chunk *chunk)
{
	return chunk ? (char *)(chunk + 1) : 0;
}

/* Context: any. */
void *slab_next(struct slab *s, void *block)
{
	struct chunk *chunk;
	char *next;

	if (block) {
		chunk = (struct chunk *)((uintptr_t)block & ~(uintptr_t)(PAGE_SIZE - 1));
		next = (char *)block + s->size;
	} else {
		chunk = load_acquire(&s->chunks); /* K6 */
		next = first_block(chunk);
	}
	while (chunk && next + s->size > cut_end(s, chunk)) {
		chunk = chunk->older;
		next = first_block(chunk);
	}
	return next;
}

/* Context: goroutine. */
void *mem_alloc(size_t size)
{
	unsigned long was = arch_irq_off();
	void *block = 0;

	if (size <= (size_t)MEM_SMALLEST << (MEM_SIZES - 1))
		block = slab_get(slab_of(mem_sizes, MEM_SMALLEST, size));
	arch_irq_restore(was);
	return block;
}

/* Context: goroutine. */
void mem_free(void *block, size_t size)
{
	unsigned long was = arch_irq_off();

	slab_put(slab_of(mem_sizes, MEM_SMALLEST, size), block);
	arch_irq_restore(was);
}

/* Physical memory: see mem.h. The lock `memory` (PAGES) guards the range, each slab's lock its
 * list.
 *
 * A listed slab is walked without its lock, beside who cuts blocks from it: so a chunk is published
 * when each of its blocks is blank, and its user says when a block has been filled (g.c).
 *
 * Orders
 *   K1 release  chunks in grow      -> K2   the chunk's link and its blank blocks
 *   K2 acquire  chunks in slab_next <- K1 */
#include "mem.h"
#include "atomic.h"
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

/* Takes a new chunk: eight small blocks or one large, in whole pages. */
static bool grow(struct slab *s)
{
	size_t bytes = s->listed ? PAGE_SIZE : s->size > PAGE_SIZE / 2 ? s->size : 8 * s->size;
	size_t header = s->listed ? sizeof(struct chunk) : 0;
	const size_t size = s->size, blank = s->blank; /* that loop loads them once: masked */
	char *chunk;

	bytes = (bytes + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
	chunk = mem_pages(bytes);
	if (!chunk)
		return false;
	s->cut = chunk + header;
	s->end = s->cut + (bytes - header) / size * size;
	if (s->listed) {
		for (char *block = s->cut, *end = s->end; block < end; block += size)
			block[blank] = 0;
		((struct chunk *)chunk)->older = s->chunks;
		store_release(&s->chunks, (struct chunk *)chunk); /* K1 */
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

/* Context: any. */
void *slab_next(struct slab *s, void *block)
{
	uintptr_t next = (uintptr_t)block + s->size;
	struct chunk *chunk;

	if (block) {
		chunk = (struct chunk *)((uintptr_t)block & ~(uintptr_t)(PAGE_SIZE - 1));
		if (next + s->size <= (uintptr_t)chunk + PAGE_SIZE)
			return (void *)next;
		chunk = chunk->older;
	} else {
		chunk = load_acquire(&s->chunks); /* K2 */
	}
	return chunk ? chunk + 1 : 0;
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

/* Slabs: see mem.h. Each slab's lock guards the slab's free list.
 *
 * A listed slab is walked without its lock, while other cores cut blocks from it. A block is made
 * blank and then cut, and its user says when the block is filled (g.c). A new chunk is published
 * after its link is set and `cut` points behind its first block. So a walker that meets a chunk
 * finds one of two states: `cut` lies in the chunk, and the blocks before `cut` are cut; or `cut`
 * has gone on to a newer chunk, and all blocks of this one are cut.
 *
 * Orders
 *   K1 release  cut in slab_take     -> K2   the block is blank
 *               and in get_listed            and so are all of the chunk before
 *   K2 acquire  cut in slab_next     <- K1
 *   K5 release  chunks in get_listed -> K6   the chunk's link, and where it is cut
 *   K6 acquire  chunks in slab_next  <- K5 */
#include "memory/mem.h"
#include "base/atomic.h"
#include "board.h"

struct slab mem_sizes[MEM_SIZES];
struct mem_objects mem_objects;

extern char rodata_end[];

/* Context: any. */
bool mem_writable(const void *p, size_t n)
{
	uintptr_t at = (uintptr_t)p;

	if (n <= board.ram_end - mem_objects.start &&
	    at - mem_objects.start <= board.ram_end - mem_objects.start - n)
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
	mem_objects.size = (ARCH_ARENA_SIZE ? ARCH_ARENA_START + ARCH_ARENA_SIZE : end) -
	                   (uintptr_t)rodata_end - MEM_OBJECT;
	pages_init(start, end);
	for (unsigned i = 0; i < MEM_SIZES; i++) {
		struct slab *s = &mem_sizes[i];
		bool small = MEM_SMALLEST << i <= SLAB_SMALL;

		s->number = i + 1;
		s->size = MEM_SMALLEST << i;
		while (PAGE_SIZE << s->order < (small ? 8 * s->size : s->size))
			s->order++;
		s->room = small ? PAGE_SIZE << s->order : 0; /* the blocks fill it */
	}
}

static inline void *end(struct slab *s, void *block)
{
	unlock(&s->lock);
	return block;
}

/* Under the lock, which it lets go. A slab of large blocks only counts them. */
static noinline void *get_large(struct slab *s)
{
	void *block = s->order ? mem_pages(s->order) : mem_page();

	if (block && ++s->used > s->made)
		s->made = s->used;
	if (block && s->number)
		pages_note(block, s->number);
	return end(s, block);
}

/* Under the lock, which it lets go. Takes the first block of a new chunk. */
static noinline void *get_listed(struct slab *s)
{
	struct chunk *chunk = mem_pages(0);
	char *block;

	if (!chunk)
		return end(s, 0);
	block = (char *)(chunk + 1);
	block[s->blank] = 0;
	s->end = block + s->room;
	store_release(&s->cut, block + s->size); /* K1 */
	chunk->older = s->chunks;
	store_release(&s->chunks, chunk); /* K5 */
	s->made++;
	s->used++;
	return end(s, block);
}

static noinline void *get_new(struct slab *s)
{
	char *block = mem_pages(s->order);

	if (!block)
		return end(s, 0);
	if (s->number)
		pages_note(block, s->number);
	s->end = block + s->room;
	s->cut = block + s->size;
	s->made++;
	s->used++;
	return end(s, block);
}

/* Under the lock, which it lets go. */
static inline void *grow(struct slab *s)
{
	return s->blank ? get_listed(s) : s->room ? get_new(s) : get_large(s);
}

static noinline void *get_slowly(struct slab *s)
{
	void *block;

	lock(&s->lock, RANK_POOL);
	block = slab_take(s);
	return block ? end(s, block) : grow(s);
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
	void *block;

	if (CONFIG_CHECK || unlikely(!lock_try(&s->lock)))
		return get_slowly(s);
	block = slab_take(s);
	return likely(block) ? end(s, block) : grow(s);
}

/* Context: any, masked. */
leaf void slab_put(struct slab *s, void *block)
{
	if (CONFIG_CHECK || unlikely(!lock_try(&s->lock)))
		return put_slowly(s, block);
	give(s, block);
}

/* Context: any, masked. */
void slab_put_large(struct slab *s, void *block)
{
	lock(&s->lock, RANK_POOL);
	s->used--;
	unlock(&s->lock);
	if (s->number)
		pages_note(block, 0);
	if (s->order)
		mem_pages_free(block, s->order);
	else
		mem_page_free(block);
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

static void *alloc(size_t size)
{
	unsigned long was;
	void *block;

	arch_touch_stack();
	was = arch_irq_off();
	block = slab_get(slab_of(mem_sizes, MEM_SMALLEST, size));
	arch_irq_restore(was);
	return block;
}

/* Context: goroutine. */
void *mem_alloc(size_t size)
{
	void *block;

	if (size > (size_t)MEM_SMALLEST << (MEM_SIZES - 1))
		return 0;
	block = alloc(size);
	if (block)
		return block;
	mem_reclaim();
	return alloc(size); /* also when another core's reclaim has found the pages */
}

/* Context: goroutine. */
void mem_free(void *block, size_t size)
{
	struct slab *s = slab_of(mem_sizes, MEM_SMALLEST, size);
	unsigned long was;

	arch_touch_stack();
	was = arch_irq_off();
	if (unlikely(size > SLAB_SMALL))
		slab_put_large(s, block);
	else
		slab_put(s, block);
	arch_irq_restore(was);
}

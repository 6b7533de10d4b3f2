/* Physical memory. The RAM behind the image is one range. The kernel takes pages from its top and
 * never returns them; the C library's heap grows from its bottom (sbrk). When the two meet, memory
 * has run out. A slab is a pool of blocks of one size. When its free list is empty a block is cut
 * from such pages, so taking a block is always O(1). A block keeps its type for ever, so a stale
 * pointer still points to a block of that kind. */
#ifndef SKEIN_MEM_H
#define SKEIN_MEM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arch.h"
#include "memory/lock.h"

#define PAGE_SIZE 4096u

struct slab {
	struct lock lock;
	uint32_t size; /* of a block, a multiple of 16 */
	bool listed;   /* slab_next walks it */
	uint16_t
	    blank; /* listed: where in a block a byte is 0 until the block is first filled: K1 */
	/* guarded by lock */
	/* counts of blocks; a block is made only when all are used, so made is also the peak of
	 * used */
	uint32_t made, used;
	void *free;           /* chained by their first word */
	char *cut, *end;      /* the rest of the newest chunk; cut: atomic: K1 K2 */
	struct chunk *chunks; /* atomic: K5 K6; listed: all, newest first */
};

/* Lies at the start of each chunk of a listed slab. Such a chunk is one page, so the address of a
 * block leads to its chunk. */
struct chunk {
	struct chunk *older;
} __attribute__((aligned(16)));

/* A static slab for blocks of n bytes. */
#define SLAB(n, ...)                                      \
	{                                                 \
		.size = ((n) + 15u) & ~15u, ##__VA_ARGS__ \
	}

/* Where a program's objects of at most MEM_OBJECT bytes begin: in RAM, behind the image's constants and
 * not at its very end. */
enum { MEM_OBJECT = 256 };
extern struct mem_objects {
	uintptr_t start, size;
} mem_objects;

/* True when such an object may lie there, so that no access to it faults. False, as for null: ask
 * mem_writable.
 * Context: any. */
static inline bool mem_holds(const void *object)
{
	return (uintptr_t)object - mem_objects.start < mem_objects.size;
}

bool mem_writable(const void *, size_t n); /* RAM or a device's registers */

void mem_init(uintptr_t start, uintptr_t end);
void *mem_pages(size_t bytes);   /* whole pages; never returned; null: none left */
void *mem_grow(ptrdiff_t bytes); /* sbrk: the heap's end before; null: no room */
size_t mem_free_bytes(void);

void *slab_get(struct slab *); /* null: out of memory */
void slab_put(struct slab *, void *);

/* Takes a block, under the lock; null when all blocks that were made are used. */
static inline void *slab_take(struct slab *s)
{
	void **block = s->free;

	if (likely(block)) {
		s->free = *block;
	} else {
		if (unlikely(s->cut == s->end))
			return 0;
		block = (void **)s->cut;
		if (s->listed)
			((char *)block)[s->blank] = 0;
		store_release(&s->cut, s->cut + s->size); /* K1 */
		s->made++;
	}
	s->used++;
	return block;
}

/* Does what slab_get can do without a call. After null slab_get may still find a block.
 * Context: any, masked. */
static inline void *slab_try(struct slab *s)
{
	void *block;

	if (CONFIG_CHECK || unlikely(!lock_try(&s->lock)))
		return 0;
	block = slab_take(s);
	unlock(&s->lock);
	return block;
}

/* Walks all blocks of a listed slab that were ever taken, free ones too; null begins and ends. A
 * block that was never filled is blank. */
void *slab_next(struct slab *, void *block);

/* Of slabs of rising powers of two, the one for this size. Context: any. */
static inline struct slab *slab_of(struct slab *s, size_t smallest, size_t size)
{
	for (; smallest < size; smallest *= 2)
		s++;
	return s;
}

/* Blocks of any size, from slabs of powers of two: for all but goroutines, stacks and frames. */
void *mem_alloc(size_t size); /* null: out of memory */
void mem_free(void *, size_t size);

#define MEM_SMALLEST 64u
enum { MEM_SIZES = 26 }; /* to 2 GB */
extern struct slab mem_sizes[MEM_SIZES];

/* Does what mem_alloc can do without a call, for a constant size. After null mem_alloc may still
 * find a block.
 * Context: goroutine. */
static inline void *mem_try(size_t size)
{
	unsigned long was = arch_irq_off();
	void *block = slab_try(slab_of(mem_sizes, MEM_SMALLEST, size));

	arch_irq_restore(was);
	return block;
}

#endif

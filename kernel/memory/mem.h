/* Blocks. A slab is a pool of blocks of one size.
 *
 * A small block is cut from a chunk of pages. A freed one goes to its slab's free list, and the
 * chunk stays: a block keeps its type for ever, so a stale pointer still points to a block of that
 * kind. That matters to every g, and it spares the count of used blocks that each chunk would need.
 * A block of more than half a page is a run of pages of its own, which comes back when the block is
 * freed. */
#ifndef SKEIN_MEM_H
#define SKEIN_MEM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arch.h"
#include "memory/lock.h"
#include "memory/pages.h"

struct slab {
	struct lock lock;
	uint32_t size; /* of a block, a multiple of 16 */
	uint16_t room; /* for blocks in a chunk, bytes; 0: a block is a run of its own */
	uint8_t order; /* of a chunk, or of such a block */
	/* of a listed slab, which slab_next walks, not 0: the place of a byte in a block that is 0
	 * until the block is first filled: K1 */
	uint8_t blank;
	/* guarded by lock */
	/* counts of blocks; a small one is made only when all are used, so made is the peak of
	 * used; of a slab of large blocks nothing else is used */
	uint32_t made, used;
	/* of mem_sizes: 1 + its place there, noted for each chunk and each block that is a run: so
	 * an address leads to its block (report/leaks.c) */
	uint8_t number;
	void *free;           /* chained by their first word */
	char *cut, *end;      /* the rest of the newest chunk; cut: atomic: K1 K2 */
	struct chunk *chunks; /* atomic: K5 K6; listed: all, newest first */
};

/* Lies at the start of each chunk of a listed slab. Such a chunk is one page, so the address of a
 * block leads to its chunk. */
struct chunk {
	struct chunk *older;
} __attribute__((aligned(16)));

#define SLAB_SMALL (PAGE_SIZE / 2) /* bytes of a block of a chunk, at most */

/* A chunk is a page, or as many pages as hold four blocks to eight. A chunk of a listed slab is one
 * page. */
#define SLAB_SIZE(n) (((n) + 15u) & ~15u)
#define SLAB_CHUNK(n) (31 - __builtin_clz(8 * (n) / PAGE_SIZE | 1))
#define SLAB_ORDER(n) ((n) > SLAB_SMALL ? PAGES_ORDER(n) : SLAB_CHUNK(n))
#define SLAB_ROOM(bytes, n) ((n) > SLAB_SMALL ? 0 : (bytes) / SLAB_SIZE(n) * SLAB_SIZE(n))

/* A static slab for blocks of n bytes, and one that slab_next walks: blank_ is an offset in a
 * block. */
#define SLAB(n)                                                  \
	{                                                        \
		.size = SLAB_SIZE(n), .order = SLAB_ORDER(n),    \
		.room = SLAB_ROOM(PAGE_SIZE << SLAB_ORDER(n), n) \
	}
#define SLAB_LISTED(n, blank_)                                         \
	{                                                              \
		.size = SLAB_SIZE(n), .blank = blank_,                 \
		.room = SLAB_ROOM(PAGE_SIZE - sizeof(struct chunk), n) \
	}

/* Where a program's objects of at most MEM_OBJECT bytes begin: in RAM behind the image's constants,
 * or, on a machine with an arena, beyond that up to the arena's end, but not at the very end. */
enum { MEM_OBJECT = 256 };
extern struct mem_objects {
	uintptr_t start, size;
} mem_objects;

/* True when such an object may lie there: then a touch of its first and last byte shows whether it
 * does, and no later access to it faults. False, as for null: ask mem_writable.
 * Context: any. */
static inline bool mem_holds(const void *object)
{
	return (uintptr_t)object - mem_objects.start < mem_objects.size;
}

bool mem_writable(const void *, size_t n); /* RAM or a device's registers */

void mem_init(uintptr_t start, uintptr_t end);

void *slab_get(struct slab *); /* null: out of memory */
void slab_put(struct slab *, void *);
void slab_put_large(struct slab *, void *); /* a block of more than SLAB_SMALL bytes */

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
		if (s->blank)
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

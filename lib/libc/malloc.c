/* malloc and its family, in place of newlib's: that one gives no block of 2 GB or more, its calloc
 * returns a small block when n * size overflows, and its realloc keeps the lock when it refuses.
 *
 * The heap is cut into blocks without gaps. A block begins with two words: the size of the block
 * before it, which only counts while that one is free, and its own size with two flags. No two free
 * blocks are neighbours. A free block hangs in the bin of its size; there are four bins for each
 * power of two. The heap ends in a block of size 0 that is always in use. It grows by sbrk, and
 * gives its end back when TRIM bytes of it are free.
 *
 * A request that cannot be met, however large, returns null with errno ENOMEM and changes nothing. */
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "libc.h"
#include "base/panic.h"
#include "base/race.h"
#include "skein.h"

enum { USED = 1, BEFORE_USED = 2, ALIGN = 16, STEP = 4096, TRIM = 128 << 10 };
enum { BINS = 4 * 8 * sizeof(size_t), WORD = 8 * sizeof(long) };

struct block {
	size_t before;             /* size of the block before, while that one is free */
	size_t size;               /* a multiple of ALIGN, and flags */
	struct block *next, *prev; /* while free; in use, what the program has begins here */
};
/* Not searched by go_leaks: the header of a block lies in the block before it, as that search sees
 * it. */
#define UNSCANNED __attribute__((section(".bss.unscanned")))
#define HEADER offsetof(struct block, next)
#define LEAST (sizeof(struct block))
#define MOST ((size_t)PTRDIFF_MAX - 4 * STEP) /* what may be asked for */
_Static_assert(sizeof(struct block) % ALIGN == 0 && HEADER + sizeof(size_t) <= LEAST, "the layout");

void *_sbrk(ptrdiff_t);

static struct mutex heap; /* guards all that follows */
static struct block *bins[BINS] UNSCANNED;
static unsigned long filled[BINS / WORD]; /* a bit for each bin that is not empty */
/* its ends; null: no heap yet */
static struct block *first UNSCANNED, *last UNSCANNED;
static size_t arena, free_bytes, free_blocks;

static size_t size_of(const struct block *b)
{
	return b->size & ~(size_t)(ALIGN - 1);
}

static struct block *at(void *base, ptrdiff_t offset)
{
	return (struct block *)((char *)base + offset);
}

static struct block *after(struct block *b)
{
	return at(b, size_of(b));
}

static void *memory_of(struct block *b)
{
	return b ? (char *)b + HEADER : 0;
}

/* The block that malloc returned p of. */
static struct block *block_of(void *p)
{
	struct block *b = at(p, -(ptrdiff_t)HEADER);

	assert_that(
	    (uintptr_t)p % ALIGN == 0 && b->size & USED,
	    "C library: free or realloc of %p, which is not in use: it was freed before, or "
	    "malloc never returned it",
	    p);
	return b;
}

/* Of a block for n bytes, which may use the first word of the next block; n is at most MOST. */
static size_t size_for(size_t n)
{
	size_t size = (n + sizeof(size_t) + ALIGN - 1) & ~(size_t)(ALIGN - 1);

	return size < LEAST ? LEAST : size;
}

static unsigned bin_of(size_t size)
{
	unsigned top = 8 * sizeof(long) - 1 - __builtin_clzl(size);

	return 4 * top + (size >> (top - 2) & 3);
}

/* Puts a free block on its list. */
static void list(struct block *b, size_t size)
{
	unsigned bin = bin_of(size);

	b->size = size | BEFORE_USED;
	after(b)->before = size;
	after(b)->size &= ~(size_t)BEFORE_USED;
	b->prev = 0;
	b->next = bins[bin];
	if (b->next)
		b->next->prev = b;
	bins[bin] = b;
	filled[bin / WORD] |= 1ul << bin % WORD;
	free_bytes += size;
	free_blocks++;
}

/* Takes it off its list: from now on it is in use. */
static void unlist(struct block *b)
{
	unsigned bin = bin_of(size_of(b));

	if (b->next)
		b->next->prev = b->prev;
	if (b->prev)
		b->prev->next = b->next;
	else
		bins[bin] = b->next;
	if (!bins[bin])
		filled[bin / WORD] &= ~(1ul << bin % WORD);
	free_bytes -= size_of(b);
	free_blocks--;
	b->size |= USED;
	after(b)->size |= BEFORE_USED;
}

/* The heap ends at b from now on. */
static void end_at(struct block *b)
{
	b->size = USED | BEFORE_USED;
	last = b;
}

/* Gives the machine whole steps of a free range of so many bytes at the end of the heap, but for
 * `keep`. Returns what is left of the range. */
static size_t give_back(struct block *b, size_t size, size_t keep)
{
	size_t n = size > keep + LEAST ? (size - keep - LEAST) & ~(size_t)(STEP - 1) : 0;

	if (!n || _sbrk(0) != (char *)last + HEADER)
		return size; /* somebody else called sbrk */
	_sbrk(-(ptrdiff_t)n);
	arena -= n;
	end_at(at(b, size - n));
	return size - n;
}

/* A block in use becomes free, and one with its free neighbours. */
static void release(struct block *b, size_t trim)
{
	size_t size = size_of(b);
	struct block *next = after(b);

	if (!(next->size & USED)) {
		size += size_of(next);
		unlist(next);
	}
	if (!(b->size & BEFORE_USED)) {
		size += b->before;
		b = at(b, -(ptrdiff_t)b->before);
		unlist(b);
	}
	if (at(b, size) == last && size >= trim)
		size = give_back(b, size, 0);
	list(b, size);
}

/* Makes a block in use smaller; the rest becomes free. */
static void cut(struct block *b, size_t size)
{
	size_t rest = size_of(b) - size;

	if (rest < LEAST)
		return;
	b->size -= rest;
	after(b)->size = rest | USED | BEFORE_USED;
	release(after(b), TRIM);
}

/* More heap, with a free block of that size at its end. */
static bool grow(size_t size)
{
	size_t there = last && !(last->size & BEFORE_USED) ? last->before : 0, n;
	struct block *b = last;
	char *start;

	n = ((there < size ? size - there : 0) + HEADER + ALIGN + STEP - 1) & ~(size_t)(STEP - 1);
	start = _sbrk(n);
	if (start == (char *)-1)
		return false;
	arena += n;
	if (!b || start != (char *)b + HEADER) { /* the first, or somebody else called sbrk */
		b = at(start, -(ptrdiff_t)((uintptr_t)start + HEADER) & (ALIGN - 1));
		n = (start + n - (char *)b - HEADER) & ~(size_t)(ALIGN - 1);
		b->size = BEFORE_USED;
		if (last) /* what lies between is a block in use */
			last->size |= (size_t)((char *)b - (char *)last);
		else
			first = b;
	}
	b->size = n | USED | (b->size & BEFORE_USED);
	end_at(after(b));
	release(b, SIZE_MAX);
	return true;
}

/* A free block of at least that size: of its own bin the first that fits, of a later one any. */
static struct block *find(size_t size)
{
	unsigned bin = bin_of(size), word = ++bin / WORD;
	unsigned long bits;

	for (struct block *b = bins[bin - 1]; b; b = b->next)
		if (size_of(b) >= size)
			return b;
	if (word == BINS / WORD)
		return 0;
	bits = filled[word] & -1ul << bin % WORD;
	while (!bits && ++word < BINS / WORD)
		bits = filled[word];
	return bits ? bins[word * WORD + __builtin_ctzl(bits)] : 0;
}

static struct block *take(size_t n)
{
	size_t size = size_for(n);
	struct block *b = find(size);

	if (!b && grow(size))
		b = find(size);
	if (!b)
		return 0;
	unlist(b);
	cut(b, size);
	race_forget(memory_of(b), size_of(b));
	return b;
}

/* For go_leaks.
 * Context: goroutine; may park. */
void libc_heap_lock(void)
{
	mutex_lock(&heap);
}

/* Context: goroutine. */
void libc_heap_unlock(void)
{
	mutex_unlock(&heap);
}

/* Context: any, between these two. */
const void *libc_heap_next(const void *memory, bool *used)
{
	struct block *b = memory ? after(at((void *)memory, -(ptrdiff_t)HEADER)) : first;

	if (b == last)
		return 0;
	*used = b->size & USED;
	return memory_of(b);
}

static void begin(void)
{
	libc_check_context();
	mutex_lock(&heap);
}

/* Of every call; null is out of memory. */
static void *end(struct _reent *r, struct block *b)
{
	mutex_unlock(&heap);
	if (!b)
		r->_errno = ENOMEM;
	return memory_of(b);
}

/* Context, of all that follow: goroutine; may park. */
void *_malloc_r(struct _reent *r, size_t n)
{
	begin();
	return end(r, n <= MOST ? take(n) : 0);
}

void _free_r(struct _reent *r, void *p)
{
	(void)r;
	if (!p)
		return;
	begin();
	release(block_of(p), TRIM);
	mutex_unlock(&heap);
}

void cfree(void *p)
{
	_free_r(_REENT, p);
}

void *_calloc_r(struct _reent *r, size_t n, size_t size)
{
	void *p;

	if (__builtin_mul_overflow(n, size, &n))
		n = SIZE_MAX;
	p = _malloc_r(r, n);
	return p ? memset(p, 0, n) : 0;
}

/* Makes a block larger where it is, when what follows it is free or the end of the heap. */
static bool extend(struct block *b, size_t size)
{
	size_t more = size - size_of(b);
	struct block *next = after(b);

	if ((next == last || (!(next->size & USED) && after(next) == last)) &&
	    (next == last || size_of(next) < more) && !grow(more))
		return false;
	next = after(b);
	if (next->size & USED || size_of(next) < more)
		return false;
	unlist(next);
	race_forget(at(next, sizeof(size_t)), size_of(next));
	b->size += size_of(next);
	return true;
}

static struct block *resize(struct block *b, size_t n)
{
	struct block *other;

	if (size_of(b) >= size_for(n) || extend(b, size_for(n))) {
		cut(b, size_for(n));
		return b;
	}
	other = take(n);
	if (!other)
		return 0;
	memcpy(memory_of(other), memory_of(b), size_of(b) - sizeof(size_t));
	release(b, TRIM);
	return other;
}

void *_realloc_r(struct _reent *r, void *p, size_t n)
{
	if (!p)
		return _malloc_r(r, n);
	begin();
	return end(r, n <= MOST ? resize(block_of(p), n) : 0);
}

static struct block *take_aligned(size_t alignment, size_t n)
{
	struct block *b = take(n + alignment + LEAST), *aligned;
	size_t front;

	if (!b)
		return 0;
	front = -((uintptr_t)b + HEADER) & (alignment - 1);
	if (front && front < LEAST)
		front += alignment;
	aligned = at(b, front);
	if (front) {
		aligned->size = (size_of(b) - front) | USED | BEFORE_USED;
		b->size -= size_of(aligned);
		release(b, TRIM);
	}
	cut(aligned, size_for(n));
	return aligned;
}

/* Null with errno EINVAL when the alignment is no power of two. */
void *_memalign_r(struct _reent *r, size_t alignment, size_t n)
{
	bool fits = n <= MOST && alignment <= MOST - n;

	if (!alignment || alignment & (alignment - 1)) {
		r->_errno = EINVAL;
		return 0;
	}
	if (alignment <= ALIGN)
		return _malloc_r(r, n);
	begin();
	return end(r, fits ? take_aligned(alignment, n) : 0);
}

void *_valloc_r(struct _reent *r, size_t n)
{
	return _memalign_r(r, STEP, n);
}

void *_pvalloc_r(struct _reent *r, size_t n)
{
	return _memalign_r(r, STEP, n > MOST ? n : (n + STEP - 1) & ~(size_t)(STEP - 1));
}

size_t _malloc_usable_size_r(struct _reent *r, void *p)
{
	(void)r;
	return p ? size_of(block_of(p)) - sizeof(size_t) : 0;
}

/* The end of the heap that is free, less its end block; 0 when the last block is in use. */
static size_t free_end(void)
{
	return last && !(last->size & BEFORE_USED) ? last->before : 0;
}

struct mallinfo _mallinfo_r(struct _reent *r)
{
	struct mallinfo info;

	(void)r;
	begin();
	info = (struct mallinfo){.arena = arena,
	                         .ordblks = free_blocks,
	                         .uordblks = arena - free_bytes,
	                         .fordblks = free_bytes,
	                         .keepcost = free_end()};
	mutex_unlock(&heap);
	return info;
}

void _malloc_stats_r(struct _reent *r)
{
	struct mallinfo info = _mallinfo_r(r);

	fprintf(stderr, "heap %zu bytes, of which %zu are in use\n", info.arena, info.uordblks);
}

/* There is nothing to be set: 0. */
int _mallopt_r(struct _reent *r, int parameter, int value)
{
	(void)r, (void)parameter, (void)value;
	return 0;
}

int _malloc_trim_r(struct _reent *r, size_t keep)
{
	size_t size, left;

	(void)r;
	begin();
	size = left = free_end();
	if (size) {
		struct block *b = at(last, -(ptrdiff_t)size);

		unlist(b);
		list(b, left = give_back(b, size, keep < MOST ? keep : MOST));
	}
	mutex_unlock(&heap);
	return left != size;
}

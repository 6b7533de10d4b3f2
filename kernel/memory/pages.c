/* Pages in runs: see pages.h. A lock (PAGES) guards the gap and the free runs.
 *
 * The map has a number for each page of the area: at the first and at the last page of a free run
 * it is the run's length in pages, and elsewhere 0. So whoever frees a run sees in the map whether
 * the page before it and the page behind it are free, and how long the free runs are that end and
 * begin there. It joins them: no two free runs are neighbours. A run that reaches down to the gap
 * becomes part of the gap, from which the heap can take it.
 *
 * Free runs of 2^i to 2^(i + 1) - 1 pages hang in the list of class i, whose links lie in their
 * first pages. Requests are for 2^order pages, so every run of class `order` or above is long
 * enough. The first run of the lowest such class is cut at its high end. The gap is cut only if
 * there is no such run: the heap can use the gap, but no free run. No step depends on the number of
 * runs or pages.
 *
 * Rejected: a buddy system. What is left of a run would be cut into up to 20 pieces, each with a
 * list of its own, and the gap could take back only what its buddy allows.
 *
 * Single pages. Each core keeps up to CONFIG_PAGES_KEPT of those that it frees, in slots that other
 * cores can see. Only the owner fills a slot, and only a slot that it has found empty. Owner and
 * others empty a slot by exchange, so that no page comes twice. `n` is the owner's alone: the slots
 * from n on are empty, and those below n may be, when others have been there. When a core that
 * wants a page keeps none, it looks in the free runs, then in the gap, and then in the slots of the
 * other cores. A page goes from a slot to the free runs under the lock, and the search holds the
 * lock: so a single page is found as long as there is one. A request for a longer run, and a
 * request of the heap, do not look in the slots: mem_reclaim must move their pages to the free runs
 * first.
 *
 * Orders
 *   G1 release  slot in mem_page_free -> G2   the owner is done with the page
 *   G2 acquire  slot in take_slot     <- G1 */
#include "memory/pages.h"
#include "arch.h"
#include "base/atomic.h"
#include "base/config.h"
#include "base/hot.h"
#include "base/panic.h"
#include "memory/lock.h"

enum { CLASSES = sizeof(uintptr_t) > 4 ? 32 : 20 };

/* At the start of a free run. */
struct run {
	struct run *next, *prev;
	uint32_t *first; /* its place in the map */
	unsigned long class;
};

static struct {
	struct lock lock; /* PAGES */
	/* guarded by lock */
	uintptr_t gap, gap_end; /* where the heap ends, and where the pages begin */
	unsigned long filled;   /* a bit for each class with a run in it */
	size_t pages;           /* of all free runs */
	struct run *class[CLASSES];
	uint32_t *map;       /* the numbers; the pointer and what follows never change */
	uintptr_t map_start; /* the page of the first number */
	uintptr_t heap_start, pages_end;
} memory;

/* A cache line is one core's. */
static struct kept {
	void *slot[CONFIG_PAGES_KEPT]; /* atomic: G1 G2 */
	unsigned n;                    /* of the owner, masked */
} __attribute__((aligned(64))) kept[CONFIG_CORES];

struct pages_notes pages_notes;

/* The map lies at the area's start. It has one number more on either side, for the neighbours of
 * the area's first and last page.
 * Context: boot. */
void pages_init(uintptr_t start, uintptr_t end)
{
	size_t numbers;

	memory.map = (uint32_t *)((start + 15) & ~(uintptr_t)15);
	memory.map_start = (start & ~(uintptr_t)(PAGE_SIZE - 1)) - PAGE_SIZE;
	memory.gap_end = memory.pages_end = end & ~(uintptr_t)(PAGE_SIZE - 1);
	numbers = (memory.pages_end - memory.map_start) / PAGE_SIZE + 1;
	for (size_t i = 0; i < numbers; i++)
		memory.map[i] = 0;
	pages_notes.number = (uint8_t *)(memory.map + numbers);
	pages_notes.start = memory.map_start;
	for (size_t i = 0; i < numbers; i++)
		pages_notes.number[i] = 0;
	memory.heap_start = ((uintptr_t)(pages_notes.number + numbers) + 15) & ~(uintptr_t)15;
	memory.gap = memory.heap_start;
}

static inline uint32_t *map_at(uintptr_t page)
{
	return &memory.map[(page - memory.map_start) / PAGE_SIZE];
}

/* Context: masked, during a pause. */
struct pages_area pages_area(void)
{
	return (struct pages_area){memory.heap_start, memory.gap, memory.gap_end, memory.pages_end};
}

/* Which bit of n, which is not 0, is the highest, and which the lowest. For some machines the
 * compiler would call functions that take longer. */
static inline unsigned long highest(uint32_t n)
{
	unsigned long i = 0;

#pragma GCC unroll 5
	for (unsigned step = 16; step; step /= 2)
		if (n >> step) {
			n >>= step;
			i += step;
		}
	return i;
}

/* Each five bits in a row of 0x077cb531 are another number. */
static inline unsigned long lowest(uint32_t n)
{
	static const uint8_t bit[32] = {0,  1,  28, 2,  29, 14, 24, 3,  30, 22, 20,
	                                15, 25, 17, 4,  8,  31, 27, 13, 23, 21, 19,
	                                16, 7,  26, 12, 18, 6,  11, 5,  10, 9};

	return bit[(n & -n) * 0x077cb531u >> 27];
}

/* Under the lock, like unlist and pop. */
static inline void list(struct run *r, uint32_t *first, size_t pages, unsigned long class)
{
	struct run *next = memory.class[class];

	first[0] = first[pages - 1] = pages;
	r->first = first;
	r->class = class;
	r->prev = 0;
	r->next = next;
	if (next)
		next->prev = r;
	memory.class[class] = r;
	memory.filled |= 1ul << class;
}

/* The map is the caller's to change. */
static inline void unlist(struct run *r)
{
	struct run *next = r->next, *prev = r->prev;

	if (next)
		next->prev = prev;
	if (prev)
		prev->next = next;
	else if (!(memory.class[r->class] = next))
		memory.filled &= ~(1ul << r->class);
}

/* Under the lock: joins a run with the free run behind it, if there is one. Returns its length. */
static inline size_t join_after(uintptr_t start, uint32_t *first, size_t pages)
{
	size_t after = first[pages];

	if (!after)
		return pages;
	unlist((struct run *)(start + pages * PAGE_SIZE));
	first[pages] = first[pages + after - 1] = 0;
	return pages + after;
}

/* Under the lock: joins a run with its free neighbours, and lists it or gives it to the gap. */
static void put(uintptr_t start, size_t pages)
{
	uint32_t *first = map_at(start);
	size_t before = first[-1];

	memory.pages += pages;
	pages = join_after(start, first, pages);
	if (start == memory.gap_end) {
		memory.gap_end += pages * PAGE_SIZE;
		memory.pages -= pages;
		return;
	}
	if (before) {
		first[-1] = 0;
		first -= before;
		start -= before * PAGE_SIZE;
		pages += before;
		unlist((struct run *)start);
	}
	list((struct run *)start, first, pages, highest(pages));
}

static bool used(uintptr_t start, size_t pages)
{
	if (start % PAGE_SIZE || start < memory.gap_end || start >= memory.pages_end ||
	    pages > (memory.pages_end - start) / PAGE_SIZE)
		return false;
	for (size_t i = 0; i < pages; i += CONFIG_CHECK ? 1 : pages)
		if (map_at(start)[i])
			return false;
	return true;
}

/* Under the lock. */
static inline void put_checked(uintptr_t start, size_t pages)
{
	assert_that(used(start, pages),
	            "memory: %zu pages at %p freed, which are free, or were never taken", pages,
	            (void *)start);
	put(start, pages);
}

/* Takes the lock. */
static noinline void put_locked(uintptr_t start, size_t pages)
{
	lock(&memory.lock, RANK_PAGES);
	put_checked(start, pages);
	unlock(&memory.lock);
}

/* The first run of a class. The map is the caller's to change. */
static inline struct run *pop(unsigned long class)
{
	struct run *r = memory.class[class], *next = r->next;

	memory.class[class] = next;
	if (next)
		next->prev = 0;
	else
		memory.filled &= ~(1ul << class);
	return r;
}

/* Under the lock: from the free runs. */
static inline void *take_run(unsigned long order)
{
	unsigned long enough = memory.filled >> order, class = order;
	size_t left;
	uint32_t *first;
	struct run *r;

	if (!enough)
		return 0;
	if (!(enough & 1))
		class += lowest(enough);
	r = pop(class);
	first = r->first;
	left = first[0] - (1ul << order);
	memory.pages -= 1ul << order;
	first[left + (1ul << order) - 1] = 0;
	if (left) {
		while (!(left >> class)) /* at most once if the run was of a higher class */
			class --;
		list(r, first, left, class);
	} else {
		first[0] = 0;
	}
	return (char *)r + left * PAGE_SIZE;
}

/* Under the lock: from the gap. */
static inline void *take_gap(unsigned long order)
{
	if ((memory.gap_end - memory.gap) / PAGE_SIZE >> order == 0)
		return 0;
	memory.gap_end -= (size_t)PAGE_SIZE << order;
	return (void *)memory.gap_end;
}

static void *take_slot(void **slot)
{
	return load_relaxed(slot) ? swap_acquire(slot, (void *)0) : 0; /* G2 */
}

/* Does a slot of the core hold a page? */
static inline bool keeps(struct kept *core)
{
	uintptr_t all = 0;

#pragma GCC unroll 8
	for (unsigned j = 0; j < CONFIG_PAGES_KEPT; j++)
		all |= (uintptr_t)load_relaxed(&core->slot[j]);
	return all;
}

/* Under the lock, which it lets go. */
static noinline void *take_from_others(void)
{
	void *page = 0;

	for (struct kept *core = kept; core < kept + CONFIG_CORES && !page; core++)
		for (unsigned j = 0; keeps(core) && j < CONFIG_PAGES_KEPT && !page; j++)
			page = take_slot(&core->slot[j]);
	unlock(&memory.lock);
	return page;
}

/* Under the lock, which it lets go. */
static inline __attribute__((always_inline)) void *take(unsigned order)
{
	void *run = take_run(order);

	if (!run)
		run = take_gap(order);
	if (unlikely(!run) && !order)
		return take_from_others();
	unlock(&memory.lock);
	return run;
}

static noinline void *take_slowly(unsigned order)
{
	lock(&memory.lock, RANK_PAGES);
	return take(order);
}

/* Context: any, masked; under a slab's lock at most. */
leaf void *mem_pages(unsigned order)
{
	return CONFIG_CHECK || unlikely(!lock_try(&memory.lock)) ? take_slowly(order) : take(order);
}

/* Context: any, masked; under a slab's lock at most. */
void mem_pages_free(void *run, unsigned order)
{
	put_locked((uintptr_t)run, (size_t)1 << order);
}

/* Context: any, masked; under a slab's lock at most. */
void *mem_page(void)
{
	struct kept *own = &kept[core_index()];
	void *page;

	while (own->n)
		if ((page = take_slot(&own->slot[--own->n])))
			return page;
	return mem_pages(0);
}

/* Context: any, masked; under a slab's lock at most. */
void mem_page_free(void *page)
{
	struct kept *own = &kept[core_index()];

	if (unlikely(own->n == CONFIG_PAGES_KEPT))
		return put_locked((uintptr_t)page, 1);
	store_release(&own->slot[own->n++], page); /* G1 */
}

/* Page by page: interrupts are taken in between.
 * Context: goroutine. */
void mem_reclaim(void)
{
	arch_touch_stack();
	for (unsigned i = 0; i < CONFIG_CORES * CONFIG_PAGES_KEPT; i++) {
		unsigned long was = arch_irq_off();
		void *page;

		lock(&memory.lock, RANK_PAGES);
		page = take_slot(&kept[i / CONFIG_PAGES_KEPT].slot[i % CONFIG_PAGES_KEPT]);
		if (page)
			put_checked((uintptr_t)page, 1);
		unlock(&memory.lock);
		arch_irq_restore(was);
	}
}

/* Context: any, masked. */
void *mem_grow(ptrdiff_t bytes)
{
	void *old = 0;

	lock(&memory.lock, RANK_PAGES);
	if (bytes < 0 ? -(uintptr_t)bytes <= memory.gap - memory.heap_start
	              : (uintptr_t)bytes <= memory.gap_end - memory.gap) {
		old = (void *)memory.gap;
		memory.gap += bytes;
	}
	unlock(&memory.lock);
	return old;
}

/* Context: any. */
size_t mem_free_bytes(void)
{
	unsigned long was = arch_irq_off();
	size_t pages, gap;

	lock(&memory.lock, RANK_PAGES);
	pages = memory.pages;
	gap = memory.gap_end - memory.gap;
	unlock(&memory.lock);
	arch_irq_restore(was);
	for (unsigned i = 0; i < CONFIG_CORES; i++)
		for (unsigned j = 0; j < CONFIG_PAGES_KEPT; j++)
			pages += load_relaxed(&kept[i].slot[j]) != 0;
	return gap + pages * PAGE_SIZE;
}

/* The arena: see arena.h. Each stretch, which one last table maps, has a lock (ARENA) and a count
 * of its mapped pages. The locks and counts for one GB are a page, made with the first table there.
 * Like the table above those stretches it stays for ever: at most two pages for each GB of the
 * arena.
 *
 * To clear a page for a table takes long, so arena_prepare does that with interrupts on, while
 * nobody else knows of the page. The table may be taken off again before arena_map comes to use it;
 * the caller then prepares once more. A stretch in which a page is mapped keeps its table, so
 * whoever adds a page to such a stretch need not prepare.
 *
 * Orders
 *   E1 release  stretches in make_stretches -> E2   they are all zero
 *   E2 acquire  stretches in stretch_of     <- E1 */
#include "sched/arena.h"
#include "arch.h"
#include "base/atomic.h"
#include "base/hot.h"
#include "base/panic.h"
#include "memory/lock.h"
#include "memory/pages.h"
#include "sched/shootdown.h"

#define GB ((uintptr_t)1 << 30)
#define STRETCHES (GB / ARCH_STRETCH) /* in a GB */

enum { FREED = 16 }; /* pages at a time */

struct stretch {
	struct lock lock;
	uint32_t mapped; /* guarded by lock: pages */
};
_Static_assert(STRETCHES * sizeof(struct stretch) <= PAGE_SIZE, "those of a GB are a page");

static struct stretch *stretches[ARCH_ARENA_SIZE / GB + 1]; /* atomic: E1 E2 */

static struct stretch **stretches_of(uintptr_t address)
{
	return &stretches[(address - ARCH_ARENA_START) / GB];
}

/* Null: nothing was ever mapped in that GB. */
static struct stretch *stretch_of(uintptr_t address)
{
	struct stretch *first = load_acquire(stretches_of(address)); /* E2 */

	return first ? &first[address / ARCH_STRETCH % STRETCHES] : 0;
}

static void *page_get(void)
{
	unsigned long was = arch_irq_off();
	void *page = mem_page();

	arch_irq_restore(was);
	return page;
}

static void page_put(void *page)
{
	unsigned long was = arch_irq_off();

	mem_page_free(page);
	arch_irq_restore(was);
}

/* Null: out of memory. */
static void *page_zeroed(void)
{
	uint64_t *page = page_get();

	if (page)
#pragma GCC unroll 16
		for (unsigned i = 0; i < PAGE_SIZE / sizeof(*page); i++)
			page[i] = 0;
	return page;
}

static struct stretch *make_stretches(uintptr_t address)
{
	struct stretch *made = page_zeroed();

	if (made && !cas_release(stretches_of(address), (struct stretch *)0, made)) /* E1 */
		page_put(made);
	return stretch_of(address);
}

/* How many tables are missing after one more was given, unless it is null. A page that was not
 * needed is left in its variable. */
static unsigned give_table(struct stretch *s, uintptr_t address, void **zeroed)
{
	unsigned long was = arch_irq_off();
	unsigned missing;

	lock(&s->lock, RANK_ARENA);
	if (*zeroed)
		*zeroed = arch_map_table(address, *zeroed);
	missing = arch_tables_missing(address);
	unlock(&s->lock);
	arch_irq_restore(was);
	return missing;
}

/* Context: any; a goroutine has touched its stack. */
bool arena_prepare(uintptr_t address)
{
	struct stretch *s;
	void *zeroed = 0;

	if (!ARCH_ARENA_SIZE)
		return false;
	s = stretch_of(address);
	if (!s && !(s = make_stretches(address)))
		return false;
	while (give_table(s, address, &zeroed)) {
		if (!zeroed)
			zeroed = page_zeroed();
		if (!zeroed)
			return false;
	}
	if (zeroed)
		page_put(zeroed);
	return true;
}

/* Context: any, masked. */
enum arch_map arena_map(uintptr_t address, void *page)
{
	struct stretch *s = ARCH_ARENA_SIZE ? stretch_of(address) : 0;
	enum arch_map mapped;

	if (!s)
		return ARCH_NO_TABLE;
	lock(&s->lock, RANK_ARENA);
	mapped = arch_map(address, page);
	s->mapped += mapped == ARCH_MAPPED;
	unlock(&s->lock);
	return mapped;
}

/* The last page of a stretch takes its table along. */
static inline void unmap(struct stretch *s, struct arena_batch *b, uintptr_t address)
{
	void *page = arch_unmap(address);

	if (!page)
		return;
	b->page[b->n++] = page;
	if (--s->mapped)
		return;
	b->page[b->n++] = arch_unmap_table(address);
	if (ARCH_FLUSH_ALL)
		arch_flush(); /* before another table comes in its place */
}

/* Context: any, masked. */
void arena_unmap(struct arena_batch *b, uintptr_t address)
{
	struct stretch *s = ARCH_ARENA_SIZE ? stretch_of(address) : 0;

	if (!s)
		return;
	assert_that(b->n < ARENA_BATCH, "arena: a batch has room for %d pages", ARENA_BATCH);
	lock(&s->lock, RANK_ARENA);
	unmap(s, b, address);
	unlock(&s->lock);
}

/* Context: any, masked; the core that has filled the batch. */
void arena_shoot(struct arena_batch *b)
{
	b->ticket = shootdown_begin();
}

/* Context: any. */
bool arena_over(const struct arena_batch *b)
{
	return shootdown_over(b->ticket);
}

/* Context: any, masked. */
bool arena_free(struct arena_batch *b)
{
	for (unsigned i = 0; i < FREED && b->n; i++) {
		mem_page_free(b->page[--b->n]);
		if (arch_irq_pending())
			break;
	}
	return b->n == 0;
}

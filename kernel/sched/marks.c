/* With skein.marks=1: the most stack that the goroutines of each creation site have used. No core
 * keeps a g that has ended: marks_begin says to each core that its free list is full, and the end
 * gives the stack back. So each goroutine gets a stack, or a page of one, of which all is painted.
 * The stack is looked at when the goroutine ends; those of goroutines that are alive when the
 * program ends, then. Sites beyond a page of them are not noted. */
#include "sched/marks.h"
#include "memory/lock.h"
#include "memory/pages.h"
#include "sched/core.h"
#include "sched/g.h"
#include "sched/stack.h"

enum { MARKS = PAGE_SIZE / sizeof(struct mark) };

bool marks_on;
static struct {
	struct lock lock; /* POOL */
	struct mark *mark;
} all;

/* Context: boot, before the first goroutine. */
bool marks_begin(void)
{
	all.mark = mem_page();
	if (!all.mark)
		return false;
	for (unsigned i = 0; i < MARKS; i++)
		all.mark[i] = (struct mark){0};
	for (unsigned i = 0; i < CONFIG_CORES; i++)
		cores[i].cache.nfree = CONFIG_FREE_BATCH;
	return marks_on = true;
}

static struct mark *mark_of(uintptr_t site)
{
	for (unsigned i = 0; i < MARKS; i++)
		if (!all.mark[i].size || all.mark[i].site == site)
			return &all.mark[i];
	return 0;
}

/* From the lowest page on to the first word that was used. A page may have been left out. */
static uint32_t used_by(const struct g *g)
{
	uintptr_t end = (uintptr_t)(g->top + 1), page = end - g->top->stack_size;

	if (!g->top->range)
		return g_high_water(g);
	while (!arch_readable(page) || !stack_used(page, PAGE_SIZE))
		page += PAGE_SIZE;
	return (uint32_t)(end - page - PAGE_SIZE + stack_used(page, PAGE_SIZE));
}

/* Context: any, masked. */
void mark_stack(const struct g *g)
{
	uint32_t used = used_by(g);
	struct mark *mark;

	lock(&all.lock, RANK_POOL);
	mark = mark_of(g->top->site);
	if (mark) {
		mark->site = g->top->site;
		mark->size = g_room(g);
		if (mark->used < used)
			mark->used = used;
	}
	unlock(&all.lock);
}

/* Context: any; the other cores have stopped. */
const struct mark *mark_next(const struct mark *mark)
{
	mark = mark ? mark + 1 : all.mark;
	return mark < all.mark + MARKS && mark->size ? mark : 0;
}

/* What stacks that grew give back: see grow.h. When a goroutine ends, its core unmaps what it had
 * beyond the first page. On a machine whose flush reaches all cores (ARCH_FLUSH_ALL) the pages can
 * be freed at once. Elsewhere each core must be asked, so the core collects pages, and asks when it
 * has ARENA_BATCH of them or has nothing else to do. Until all have answered, an address may still
 * lead to the old page: so the g waits too. */
#include "base/panic.h"
#include "base/rand.h"
#include "sched/arena.h"
#include "sched/grow.h"
#include "sched/marks.h"
#include "sched/preempt.h"
#include "sched/shootdown.h"
#include "sched/stack.h"

/* A list of g's, to which others can be joined in one step. */
struct ended {
	struct g *first, *last;
};

/* What this core has unmapped, and whose it was: its own, masked. */
static struct gone {
	struct arena_batch pages;
	bool shot;          /* the other cores are asked: nothing more goes into the batch */
	struct ended ended; /* their pages are not all shot */
	struct ended asked; /* their pages are in the batch that is shot */
	struct ended whole; /* their pages are free */
} gone[ARCH_ARENA_SIZE ? CONFIG_CORES : 1];

static void join(struct ended *to, struct ended *from)
{
	if (!from->first)
		return;
	from->last->next = to->first;
	if (!to->first)
		to->last = from->last;
	to->first = from->first;
	from->first = 0;
}

static void shoot(struct gone *own)
{
	arena_shoot(&own->pages);
	join(&own->asked, &own->ended);
	own->shot = true;
}

static void free_shot(struct gone *own)
{
	if (!arena_free(&own->pages))
		return;
	own->shot = false;
	join(&own->whole, &own->asked);
}

/* Completes what this core has unmapped. Waits masked. */
static void finish(struct gone *own)
{
	if (!own->shot)
		shoot(own);
	shootdown_await(own->pages.ticket);
	while (own->shot)
		free_shot(own);
}

/* Context: any, masked; under no lock. */
void grow_finish(struct core *core)
{
	finish(&gone[core->index]);
}

/* One step for the batch. */
static void advance(struct gone *own)
{
	if (!own->shot) {
		shoot(own);
	} else if (arena_over(&own->pages)) {
		free_shot(own);
	} else {
		panic_stop_if_asked();
		arch_relax();
	}
}

/* Context: core stack, not idle. */
bool grow_end(struct core *core, struct g *g)
{
	struct gone *own = &gone[core->index];
	struct g_top *top = g->top;
	uintptr_t end = grow_end_of(g), first = end - PAGE_SIZE;

	for (uintptr_t at = end - top->stack_size; at < first; at += PAGE_SIZE) {
		while (own->shot || own->pages.n >= ARENA_BATCH) {
			advance(own);
			interrupts_amid(core);
		}
		arena_unmap(&own->pages, at);
		interrupts_amid(core);
	}
	g->stack = first;
	stack_paint(first, PAGE_SIZE);
	top->stack_size = PAGE_SIZE;
	top->range = GROW_RANGE;
	top->apart = false;
	join(&own->ended, &(struct ended){g, g});
	return ARCH_FLUSH_ALL || core_count == 1;
}

/* Context: core stack. */
bool grow_unsettled(const struct core *core)
{
	const struct gone *own = &gone[core->index];

	return own->whole.first || own->ended.first || own->shot || own->pages.n;
}

/* Context: core stack. */
bool grow_settle(struct core *core, struct g **whole)
{
	struct gone *own = &gone[core->index];
	struct g *g = own->whole.first;

	*whole = 0;
	if (g) {
		own->whole.first = g->next;
		if (grow_is_default(g) && !marks_on)
			*whole = g;
		else
			grow_list(g);
	} else if (own->shot || own->pages.n) {
		advance(own);
	} else {
		join(&own->whole, &own->ended);
	}
	return grow_unsettled(core);
}

/* Context: core stack. */
void grow_squeeze(struct core *core, struct g *g)
{
	struct gone *own = &gone[core->index];
	struct g_top *top = g->top;
	uintptr_t end = grow_end_of(g), lowest;
	uintptr_t sp = g->frame ? g->frame->sp : arch_context_sp(&g->context);

	if (!grow_slotted(g) || !top->range || rand_below(&core->rand, 4))
		return;
	/* A borrowed stack lies below the arena: nothing is unmapped of who is on one. */
	lowest = (sp - CONFIG_KERNEL_STACK) & -(uintptr_t)PAGE_SIZE; /* it may have touched that */
	for (uintptr_t at = end - top->stack_size; at < lowest; at += PAGE_SIZE) {
		if (own->shot || own->pages.n >= ARENA_BATCH)
			finish(own);
		arena_unmap(&own->pages, at);
	}
	if (end - lowest < top->stack_size) {
		finish(own);
		top->stack_size = (uint32_t)(end - lowest);
	}
}

/* The life of a g: where it comes from, its id, its end. Starting one is go.c.
 *
 * A g is a slab block for ever, so a dump can walk all of them at any time. When a g with a stack
 * of the default size ends, it keeps its stack and waits on its core's free list for the next go,
 * so spawning takes no lock. A free list that is full becomes the core's full batch, and the full
 * batch before it goes to the list of batches for all cores (POOL). A core that has no free g takes
 * a batch from there. So no list is ever walked, and each of these steps costs the same.
 *
 * A dump that runs meanwhile may meet any g at any time. While `why` of a g is G_FREE the dump
 * looks at nothing else of that g; a g that was never filled says G_FREE too. A g that is filled
 * for the first time gets its stack and its header, and only then stores G_FREE in `why`, with
 * release. Every later store to `why` comes after that one, so it needs no order of its own: a dump
 * that reads a later value with acquire sees a stack and a header that can be read, though perhaps
 * of another goroutine.
 *
 * Orders
 *   K3 release  why in make  -> K4   the g's stack and header (report/dump.c) */
#include "sched/g.h"
#include "base/panic.h"
#include "memory/mem.h"
#include "sched/above.h"
#include "sched/bounds.h"
#include "sched/core.h"
#include "sched/grow.h"
#include "sched/idle.h"
#include "sched/marks.h"
#include "sched/preempt.h"
#include "sched/sched.h"
#include "sched/stack.h"
#include "skein.h"

const char *const why_name[] = {
    [G_FREE] = "free",
    [G_RUNNABLE] = "runnable",
    [G_SEND] = "chan send",
    [G_RECV] = "chan receive",
    [G_SELECT] = "select",
    [G_SLEEP] = "sleep",
    [G_MUTEX] = "mutex",
    [G_WAITGROUP] = "waitgroup",
    [G_SEMA] = "semaphore",
    [G_RLOCK] = "rwmutex, to read",
    [G_RWLOCK] = "rwmutex, to write",
    [G_COND] = "cond",
    [G_FOREVER] = "no live channel, for ever",
    [G_BUBBLE] = "all others of its bubble to wait",
};

struct slab g_slab = SLAB_LISTED(sizeof(struct g), offsetof(struct g, why));

static struct {
	struct lock lock; /* POOL */
	struct g *free;   /* atomic: batches, chained by the object of their first */
} all;

uint32_t g_last_id;

static void give_batch(struct g *batch)
{
	lock(&all.lock, RANK_POOL);
	batch->object = all.free;
	store_relaxed(&all.free, batch);
	unlock(&all.lock);
}

static struct g *take_batch(void)
{
	struct g *batch = 0;

	if (load_relaxed(&all.free)) {
		lock(&all.lock, RANK_POOL);
		if ((batch = all.free))
			store_relaxed(&all.free, (struct g *)batch->object);
		unlock(&all.lock);
	}
	return batch;
}

static struct g *with_slab_stack(uint32_t size)
{
	struct g *g = slab_get(&g_slab);
	struct g_top *top;

	if (!g)
		return 0;
	g->stack = stack_get(size);
	if (!g->stack) {
		slab_put(&g_slab, g);
		return 0;
	}
	g->top = top = (struct g_top *)(g->stack + size) - 1;
	top->stack_size = size;
	top->range = 0;
	top->apart = size != CONFIG_STACK;
	top->deferred = 0;
	return g;
}

/* Fits a g with a slot: `kept` if that is not null. */
static struct g *with_slot(struct g *kept, struct stack_kind kind, unsigned long was)
{
	struct g *g = kept ? kept : grow_get(grow_class(kind), &g_slab);

	if (!arch_irq_was_masked(was)) { /* for long enough */
		arch_irq_restore(was);
		grow_ahead();
		arch_irq_off();
	}
	return g && grow_open(g, was) && grow_fit(g, kind, was) ? g : 0;
}

/* Makes a g: for the first use, or with a stack that no core keeps. */
static noinline struct g *make(struct g *kept, struct stack_kind kind, unsigned long was)
{
	struct g *g = grow_takes(kind) ? with_slot(kept, kind, was) : with_slab_stack(kind.most);

	if (!g)
		return 0;
	g->frame = 0;
	store_relaxed(&g->claim, CLAIM_NONE); /* waiter_await may still read the old one */
	store_release(&g->why, G_FREE);       /* K3 */
	grow_let_in(was);
	return g;
}

static inline struct g *take_kept(struct core *core)
{
	struct g *g = core->cache.free;

	core->cache.free = g->next;
	core->cache.nfree--;
	if (CONFIG_CHECK) {
		stack_paint(g->stack, CONFIG_STACK);
		g->top->stack_size = CONFIG_STACK;
		g->top->range = GROW_RANGE;
		g->top->apart = false;
		g->top->deferred = 0;
	}
	return g;
}

/* This core's list is empty. */
static noinline struct g *take_from_batch(struct core *core)
{
	core->cache.free = core->cache.full ? core->cache.full : take_batch();
	core->cache.full = 0;
	core->cache.nfree = core->cache.free ? CONFIG_FREE_BATCH : 0;
	return core->cache.free ? take_kept(core) : 0;
}

/* A g with a default stack that has ended, or null. */
static inline struct g *get_kept(struct core *core)
{
	if (core->cache.free)
		return take_kept(core);
	if (core->cache.full || load_relaxed(&all.free))
		return take_from_batch(core);
	return 0;
}

/* A stack of another kind may take the slot of a default one. */
static noinline struct g *get_other(struct stack_kind kind, unsigned long was)
{
	bool fits = grow_takes(kind) && grow_class(kind) == 0;

	return make(fits ? get_kept(arch_core()) : 0, kind, was);
}

/* Context: any, masked. On return this may be another core. */
leaf struct g *g_get(struct stack_kind kind, unsigned long was)
{
	struct g *g;

	if (!stack_is_default(kind))
		return get_other(kind, was);
	g = get_kept(arch_core());
	return g ? g : make(0, kind, was);
}

static inline void keep(struct core *core, struct g *g, uint32_t nfree)
{
	g->next = core->cache.free;
	core->cache.free = g;
	core->cache.nfree = nfree + 1;
	g->why = G_FREE;
}

static void put_kept(struct core *core, struct g *g)
{
	if (core->cache.nfree == CONFIG_FREE_BATCH) {
		if (core->cache.full)
			give_batch(core->cache.full);
		core->cache.full = core->cache.free;
		core->cache.free = 0;
		core->cache.nfree = 0;
	}
	keep(core, g, core->cache.nfree);
}

/* Context: core stack. */
bool g_settle(struct core *core)
{
	struct g *g;
	bool left;

	if (!ARCH_ARENA_SIZE)
		return false;
	left = grow_settle(core, &g);
	if (g)
		put_kept(core, g);
	return left;
}

/* Context: core stack. */
bool g_unsettled(const struct core *core)
{
	return ARCH_ARENA_SIZE && grow_unsettled(core);
}

/* Its stack is not a default one, or has grown. */
static void put_apart(struct core *core, struct g *g)
{
	g->why = G_FREE;
	if (grow_slotted(g)) {
		if (grow_end(core, g))
			while (g_settle(core))
				interrupts_amid(core);
		return;
	}
	stack_put(g->stack, g->top->stack_size);
	slab_put(&g_slab, g);
	interrupts_amid(core); /* a stack of several pages may have joined free runs */
}

static noinline void commit_exit_slow(struct g *g, struct bubble *bubble)
{
	struct core *core = arch_core();

	if (!g_intact(g))
		panic_bounds(g, g->stack, 0);
	if (marks_on)
		mark_stack(g);
	if (g->top->apart || marks_on) {
		put_apart(core, g);
	} else {
		stack_mark(g->stack);
		put_kept(core, g);
	}
	if (bubble)
		bubble_left(bubble);
	schedule();
}

static leaf void commit_exit(void *arg)
{
	struct core *core = arch_core();
	struct g *g = arg;
	uint32_t nfree = core->cache.nfree;

	count(&core->cache.died);
	if (unlikely(!stack_intact(g->stack)) || unlikely(g->top->apart) ||
	    unlikely(nfree == CONFIG_FREE_BATCH))
		return commit_exit_slow(g, 0);
	keep(core, g, nfree);
	schedule();
}

static void commit_exit_aside(void *arg)
{
	struct g *g = arg;
	struct bubble *bubble = g_bubble(g);

	if (bubble)
		g->top->bubble = 0; /* go_leaks would take it for a pointer of the next goroutine */
	count(&arch_core()->cache.died);
	commit_exit_slow(g, bubble);
}

/* g may not end now, or is of a bubble, or nothing guards its stack. */
static noinline void end_aside(struct g *g)
{
	assert_that(g_off_depth(g) == 0,
	            "go_exit in an interrupt handler, after go_preempt_off or under a spin_lock: "
	            "end that first");
	bounds_check(g);
	if (g->top->reent)
		libc_release(g->top->reent);
	arch_irq_off();
	arch_leave(commit_exit_aside, g);
}

static noinline void end_with_reent(struct g *g)
{
	libc_release(g->top->reent);
	arch_irq_off();
	arch_leave(commit_exit, g);
}

/* Does not return. It is not declared so, because then a call at a function's end is a jump.
 * Context: goroutine. */
leaf void g_end(void)
{
	struct g *g = arch_self();

	race_end();
	if (unlikely(g->preempt_off))
		return end_aside(g);
	if (unlikely(g->top->reent))
		return end_with_reent(g);
	arch_irq_off();
	arch_leave(commit_exit, g);
}

/* Runs the deferred calls, the last one first. Each is taken off before it runs.
 * Context: goroutine. */
void go_exit(void)
{
	struct g *g = arch_self();
	struct deferred *d;

	while (!g_off_depth(g) && (d = g->top->deferred)) {
		g->top->deferred = d->before;
		d->f(d); /* stack: calls wg_call_done, once_over */
	}
	g_end();
	__builtin_unreachable();
}

/* Context: any. */
bool g_intact(const struct g *g)
{
	return stack_intact(g->stack) || g->top->range;
}

/* Context: any. */
struct g *g_next(struct g *g)
{
	return slab_next(&g_slab, g);
}

/* Context: any. */
unsigned g_high_water(const struct g *g)
{
	const struct g_top *top = g->top;
	unsigned used = top->range && top->stack_size > CONFIG_STACK
	                    ? top->stack_size
	                    : stack_used(g->stack, top->stack_size);

	return used > sizeof(*top) ? used : sizeof(*top); /* a word of the header may look unused */
}

/* Context: goroutine. */
unsigned go_id(void)
{
	return arch_self()->id;
}

/* Context: any. */
unsigned go_count(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < core_count; i++)
		count += peek(&cores[i].cache.made) - peek(&cores[i].cache.died);
	return count;
}

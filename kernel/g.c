/* Goroutines: made, named, counted, ended.
 *
 * A g is a slab block for ever, so a dump can walk all of them at any time. One that ended keeps
 * its stack if that has the default size, and waits on its core's free list for the next go:
 * spawning takes no lock. A list that is full becomes the core's full batch, and the one before
 * goes to the list of batches for all (POOL); a core that has none takes one from there. So
 * nothing is ever counted or followed: each of these steps costs the same.
 *
 * A dump beside all that may meet any g at any time. While its `why` says G_FREE, which is also what it
 * says before it is first filled, nothing else of it is looked at. A g that is filled for the first time
 * gets its stack and its header before it says G_FREE anew, with release; whatever it says later comes
 * after that in the order of `why` alone, so who reads that with acquire sees a stack and a header that
 * can be looked at, though perhaps no longer this goroutine's.
 *
 * Orders
 *   K3 release  why in make  -> K4   the g's stack and header (deadlock.c) */
#include "g.h"
#include "core.h"
#include "idle.h"
#include "mem.h"
#include "panic.h"
#include "sched.h"
#include "skein.h"
#include "stack.h"

static struct slab slab = SLAB(sizeof(struct g), .listed = true, .blank = offsetof(struct g, why));

static struct {
	struct lock lock; /* POOL */
	struct g *free;   /* atomic: batches, chained by the object of their first */
	uint32_t id;      /* atomic: the last one given to a core */
} all;

enum { ID_BATCH = 16 };

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

/* A g and a stack that were never used, or belong to a size that no core keeps. */
static struct g *make(size_t size, unsigned long was)
{
	struct g *g = slab_get(&slab);
	uintptr_t stack;

	if (!g)
		return 0;
	stack = stack_get(size);
	if (!stack) {
		slab_put(&slab, g);
		return 0;
	}
	g->frame = 0;
	store_relaxed(&g->claim, CLAIM_NONE); /* its last one may still be read: waiter_await */
	g->stack = stack;
	g->top = (struct g_top *)(stack + size) - 1;
	g->top->stack_size = size;
	g->top->deferred = 0;
	store_release(&g->why, G_FREE); /* K3 */
	arch_irq_restore(was);          /* that was long enough */
	arch_irq_off();
	return g;
}

/* A g to start, of a rounded stack size; null: out of memory. On return this may be another
 * core. */
static struct g *get(size_t size, unsigned long was)
{
	struct core *core = arch_core();
	struct g *g;

	if (size != CONFIG_STACK)
		return make(size, was);
	if (!core->free) {
		core->free = core->full ? core->full : take_batch();
		core->full = 0;
		core->nfree = core->free ? CONFIG_FREE_BATCH : 0;
	}
	g = core->free;
	if (!g)
		return make(size, was);
	core->free = g->next;
	core->nfree--;
	if (CONFIG_CHECK) {
		stack_paint(g->stack, size);
		g->top->stack_size = size;
		g->top->deferred = 0;
	}
	return g;
}

static inline void keep(struct core *core, struct g *g, uint32_t nfree)
{
	g->next = core->free;
	core->free = g;
	core->nfree = nfree + 1;
	g->why = G_FREE;
}

static void put(struct core *core, struct g *g)
{
	if (g->top->stack_size != CONFIG_STACK) {
		g->why = G_FREE;
		stack_put(g->stack, g->top->stack_size);
		slab_put(&slab, g);
		return;
	}
	if (core->nfree == CONFIG_FREE_BATCH) {
		if (core->full)
			give_batch(core->full);
		core->full = core->free;
		core->free = 0;
		core->nfree = 0;
	}
	keep(core, g, core->nfree);
}

static struct g *get_or_panic(size_t size, unsigned long was)
{
	struct g *g = get(size, was);

	assert_that(g,
	            "go: out of memory with %u goroutines alive: use go_try, start fewer, or give "
	            "the board more RAM (MEM=)",
	            go_count());
	return g;
}

static inline void set_name(struct g_top *top, const char *name)
{
	char *to = top->name, *last = to + sizeof(top->name) - 1;

	while (name && *name && to < last)
		*to++ = *name++;
	*to = 0;
}

/* Ids come to a core in batches, one whenever it has made so many. */
static inline uint32_t next_id(struct core *core)
{
	unsigned i = core->made % ID_BATCH;

	if (unlikely(i == 0))
		core->ids = fetch_add_relaxed(&all.id, ID_BATCH) + 1;
	count(&core->made);
	return core->ids + i;
}

/* Makes g ready to run fn(args), on core pin - 1 or, if pin is 0, anywhere. */
static inline void start(struct core *core, struct g *g, unsigned pin, void (*fn)(void),
                         const uintptr_t *args, void *sp, uintptr_t site, const char *name)
{
	struct g_top *top = g->top;

	arch_context_init(&g->context, g->stack, sp, fn, args);
	g->id = next_id(core);
	g->why = G_RUNNABLE;
	g->pin = pin;
	g->preempt_off = g->preempt_pending = 0;
	top->site = site;
	top->reent = 0;
	top->borrowed = 0;
	set_name(top, name);
}

/* With what go_capture has stored in the running goroutine's context. */
static inline void start_captured(struct core *core, struct g *g, unsigned pin, void (*fn)(void),
                                  const char *name)
{
	const uintptr_t *captured = arch_captured(&arch_self()->context);

	start(core, g, pin, fn, captured, g_stack_top(g), captured[ARCH_ARGUMENTS], name);
}

static noinline void start_or_panic(void (*fn)(void), unsigned long was)
{
	struct g *g = get_or_panic(CONFIG_STACK, was);

	start_captured(arch_core(), g, 0, fn, 0);
	ready_new(g, was);
}

/* The second half of go(f, ...).
 * Context: any. */
leaf void go_start(void (*fn)(void))
{
	unsigned long was = arch_irq_off();
	struct core *core = arch_core();
	struct g *g = core->free;

	if (CONFIG_CHECK || unlikely(!g))
		return start_or_panic(fn, was);
	core->free = g->next;
	core->nfree--;
	start_captured(core, g, 0, fn, 0);
	if (unlikely(core->slow) || unlikely(!runq_push(&core->runq, g)))
		return (void)ready_new(g, was);
	notify_and_restore(was);
}

/* Context: any. */
bool go_try_start(void (*fn)(void))
{
	unsigned long was = arch_irq_off();
	struct g *g = get(CONFIG_STACK, was);

	if (g) {
		start_captured(arch_core(), g, 0, fn, 0);
		return ready_new(g, was);
	}
	arch_irq_restore(was);
	return false;
}

static size_t attr_size(const struct go_attr *attr)
{
	size_t size = stack_round(attr->stack ? attr->stack : CONFIG_STACK);

	assert_that(size, "go_with: .stack %zu is above the limit of %d bytes", attr->stack,
	            CONFIG_STACK_MAX);
	assert_that(attr->stack_max <= size,
	            "go_with: .stack_max %zu is above .stack: stacks do not grow, ask for all of "
	            "it as .stack",
	            attr->stack_max);
	assert_that(attr->priority == 0, "go_with: .priority is reserved and must be 0");
	assert_that(attr->core >= GO_ANY_CORE && attr->core < (int)core_count,
	            "go_with: .core %d: this run has cores 0 to %u", attr->core, core_count - 1);
	return size;
}

/* Context: any. */
void go_with_start(void (*fn)(void), const struct go_attr *attr)
{
	size_t size = attr_size(attr);
	unsigned long was = arch_irq_off();
	struct g *g = get_or_panic(size, was);

	start_captured(arch_core(), g, attr->core + 1, fn, attr->name);
	ready_new(g, was);
}

/* The value goes to the high end of the new stack. While it is copied g is nobody's, so
 * interrupts have their turn. */
static void start_copy(void (*fn)(void), const void *value, size_t size, size_t align,
                       uintptr_t site)
{
	unsigned long was = arch_irq_off();
	struct g *g = get_or_panic(CONFIG_STACK, was);
	char *to =
	    (char *)(((uintptr_t)g_stack_top(g) - size) & -(uintptr_t)align & ~(uintptr_t)15);
	uintptr_t *args = (uintptr_t *)to - ARCH_ARGUMENTS; /* of which fn takes one */
	size_t i = 0;

	arch_irq_restore(was);
	if ((uintptr_t)value % sizeof(uintptr_t) == 0)
		for (; size - i >= sizeof(uintptr_t); i += sizeof(uintptr_t))
			*(uintptr_t *)(to + i) = *(const uintptr_t *)((const char *)value + i);
	for (; i < size; i++)
		to[i] = ((const char *)value)[i];
	args[0] = (uintptr_t)to;
	arch_irq_off();
	start(arch_core(), g, 0, fn, args, to, site, 0);
	ready_new(g, was);
}

/* Context: any. */
void go_copy_start(void (*fn)(void), const void *value, size_t size, size_t align)
{
	start_copy(fn, value, size, align, (uintptr_t)__builtin_return_address(0));
}

/* What wg_go starts: f(...) with the caller's arguments, then wg_done, also when f ends in
 * go_exit. */
struct wg_call {
	struct deferred done; /* first: leads to its call */
	void (*fn)(void);
	struct waitgroup *wg;
	uintptr_t args[ARCH_ARGUMENTS];
};

static void wg_call_done(struct deferred *d)
{
	wg_done(((struct wg_call *)d)->wg);
}

static void wg_run(struct wg_call *call)
{
	const uintptr_t *a = call->args;

	g_defer(&call->done, wg_call_done);
	if (ARCH_ARGUMENTS == 4)
		((void (*)(uintptr_t, uintptr_t, uintptr_t, uintptr_t))call->fn)(a[0], a[1], a[2],
		                                                                 a[3]);
	else
		((void (*)(uint64_t, uint64_t, uint64_t, uint64_t))call->fn)(
		    a[0] | (uint64_t)a[1] << 32, a[2] | (uint64_t)a[3] << 32,
		    a[4] | (uint64_t)a[5] << 32, a[6] | (uint64_t)a[7] << 32);
	g_undefer();
	wg_done(call->wg);
}

/* Context: any. */
void go_wg_start(void (*fn)(void), struct waitgroup *wg)
{
	const uintptr_t *captured = arch_captured(&arch_self()->context);
	struct wg_call call;

	call.fn = fn;
	call.wg = wg;
	for (unsigned i = 0; i < ARCH_ARGUMENTS; i++)
		call.args[i] = captured[i];
	wg_add(wg, 1);
	start_copy((void (*)(void))wg_run, &call, sizeof(call), _Alignof(struct wg_call),
	           captured[ARCH_ARGUMENTS]);
}

static noinline void commit_exit_slow(struct g *g)
{
	g_check(g);
	put(arch_core(), g);
	schedule();
}

static leaf void commit_exit(void *arg)
{
	struct core *core = arch_core();
	struct g *g = arg;
	uint32_t nfree = core->nfree;

	count(&core->died);
	if (unlikely(!stack_intact(g->stack)) || unlikely(g->top->stack_size != CONFIG_STACK) ||
	    unlikely(nfree == CONFIG_FREE_BATCH))
		return commit_exit_slow(g);
	keep(core, g, nfree);
	schedule();
}

static __attribute__((cold)) noinline void end_refused(void)
{
	panic("go_exit in an interrupt handler, after go_preempt_off or under a spin_lock: end "
	      "that first");
}

static noinline void end_with_reent(struct g *g)
{
	libc_release(g->top->reent);
	arch_irq_off();
	arch_leave(commit_exit, g);
}

/* Does not return, and is not declared so: then a call at a function's end is a jump.
 * Context: goroutine. */
leaf void g_end(void)
{
	struct g *g = arch_self();

	if (unlikely(g->preempt_off))
		return end_refused();
	if (unlikely(g->top->reent))
		return end_with_reent(g);
	arch_irq_off();
	arch_leave(commit_exit, g);
}

/* The last deferred call first. Each is taken off before it is done.
 * Context: goroutine. */
void go_exit(void)
{
	struct g *g = arch_self();
	struct deferred *d;

	while (!g->preempt_off && (d = g->top->deferred)) {
		g->top->deferred = d->before;
		d->f(d);
	}
	g_end();
	__builtin_unreachable();
}

/* Context: boot. */
void g_start_main(void (*entry)(void))
{
	static const uintptr_t none[ARCH_ARGUMENTS];
	struct g *g = get_or_panic(stack_round(CONFIG_MAIN_STACK), arch_irq_off());

	start(arch_core(), g, 0, entry, none, g_stack_top(g), 0, "main");
	ready_new(g, arch_irq_off());
}

/* Context: any. */
bool g_intact(const struct g *g)
{
	return stack_intact(g->stack);
}

/* Context: masked. */
void g_check(const struct g *g)
{
	assert_that(g_intact(g),
	            "stack overflow: goroutine %u used more than its %u bytes: start it with "
	            "go_with(go_attr(.stack = %u), ...)",
	            g->id, (unsigned)g->top->stack_size, (unsigned)g->top->stack_size * 2);
}

/* Context: any. */
struct g *g_next(struct g *g)
{
	return slab_next(&slab, g);
}

/* Context: any. */
unsigned g_high_water(const struct g *g)
{
	return stack_used(g->stack, g->top->stack_size);
}

/* Context: goroutine. */
unsigned go_id(void)
{
	return arch_self()->id;
}

/* Context: goroutine. */
void go_name(const char *name)
{
	set_name(arch_self()->top, name);
}

/* Context: any. */
unsigned go_count(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < core_count; i++)
		count += peek(&cores[i].made) - peek(&cores[i].died);
	return count;
}

/* Goroutines: made, named, counted, ended.
 *
 * A g is a slab block for ever, so a dump can walk all of them at any time. One that ended keeps its stack if that has
 * the default size, and waits on its core's free list for the next go: spawning takes no lock. A core with too many gives
 * a batch to the list for all (POOL), and takes one from there when it has none. */
#include "g.h"
#include "core.h"
#include "idle.h"
#include "mem.h"
#include "panic.h"
#include "sched.h"
#include "skein.h"
#include "stack.h"

static struct slab slab = SLAB_LISTED(sizeof(struct g));

static struct {
	struct lock lock; /* POOL */
	struct gqueue free;
	uint32_t id; /* atomic: the last one given to a core */
} all;

enum { ID_BATCH = 16 };

/* Moves up to CONFIG_BATCH between a core's free list and the one for all. */

static void give_batch(struct core *core)
{
	struct g *first = core->free, *last = first;
	unsigned n = CONFIG_BATCH;

	for (unsigned i = 1; i < n; i++)
		last = last->next;
	core->free = last->next;
	core->nfree -= n;
	lock(&all.lock, RANK_POOL);
	last->next = all.free.head;
	all.free.head = first;
	all.free.n += n;
	unlock(&all.lock);
}

static struct g *take_batch(struct core *core)
{
	struct g *first, *last;
	unsigned n = 1;

	lock(&all.lock, RANK_POOL);
	first = last = all.free.head;
	if (first) {
		for (; n < CONFIG_BATCH && last->next; n++)
			last = last->next;
		all.free.head = last->next;
		all.free.n -= n;
		last->next = core->free;
		core->free = first->next;
		core->nfree += n - 1;
	}
	unlock(&all.lock);
	return first;
}

/* A g and a stack that were never used, or belong to a size that no core keeps. Masks only around the pools: a stack is
 * painted with interrupts as `was` left them. */
static struct g *make(size_t size, unsigned long was)
{
	bool fresh;
	uintptr_t stack;
	struct g *g = slab_get(&slab, 0);

	if (!g)
		return 0;
	g->why = G_FREE;
	stack = stack_get(size, &fresh);
	if (!stack) {
		slab_put(&slab, g);
		return 0;
	}
	arch_irq_restore(was);
	if (fresh || CONFIG_CHECK)
		stack_paint(stack, size);
	arch_irq_off();
	g->stack = stack;
	g->top = (struct g_top *)(stack + size) - 1;
	g->top->stack_size = size;
	return g;
}

static __attribute__((noinline)) struct g *get_elsewhere(size_t size, unsigned long was)
{
	struct g *g = size == CONFIG_STACK ? take_batch(arch_core()) : 0;

	return g ? g : make(size, was);
}

/* A g to start, of a rounded stack size; null: out of memory. On return masked and on a core that does not change. */
static inline struct g *get(size_t size, unsigned long was)
{
	struct core *core = arch_core();
	struct g *g = core->free;

	if (unlikely(size != CONFIG_STACK) || unlikely(!g))
		return get_elsewhere(size, was);
	core->free = g->next;
	core->nfree--;
	if (CONFIG_CHECK)
		stack_paint(g->stack, (uintptr_t)g->top - g->stack);
	return g;
}

static inline void put(struct core *core, struct g *g)
{
	g->why = G_FREE;
	if (unlikely(g->top->stack_size != CONFIG_STACK)) {
		stack_put(g->stack, g->top->stack_size);
		slab_put(&slab, g);
		return;
	}
	g->next = core->free;
	core->free = g;
	core->nfree++;
}

static __attribute__((cold, noinline)) _Noreturn void out_of_memory(void)
{
	panic("go: out of memory with %u goroutines alive: use go_try, start fewer, or give the board more RAM "
	      "(MEM=)",
	      go_count());
}

static inline struct g *get_or_panic(size_t size, unsigned long was)
{
	struct g *g = get(size, was);

	if (unlikely(!g))
		out_of_memory();
	return g;
}

static void set_name(struct g *g, const char *name)
{
	unsigned i = 0;

	for (; name && name[i] && i < sizeof(g->top->name) - 1; i++)
		g->top->name[i] = name[i];
	g->top->name[i] = 0;
}

static inline uint32_t next_id(struct core *core)
{
	if (core->id == core->id_end) {
		core->id = fetch_add_relaxed(&all.id, ID_BATCH);
		core->id_end = core->id + ID_BATCH;
	}
	return ++core->id;
}

/* Makes g run fn(args) on this core, or where it is pinned. */
static inline void start(struct g *g, void (*fn)(void), const uintptr_t args[4], void *sp, uintptr_t site,
                         const char *name)
{
	struct core *core = arch_core();
	struct g_top *top = g->top;

	g->id = next_id(core);
	g->frame = 0;
	g->why = G_RUNNABLE;
	g->preempt_off = g->preempt_pending = 0;
	top->site = site;
	top->reent = 0;
	top->borrowed = 0;
	top->name[0] = 0;
	if (name)
		set_name(g, name);
	arch_context_init(&g->context, sp, fn, args);
	core->made++;
}

/* The second half of go(f, ...).
 * Context: any; go_capture has stored the arguments in the running goroutine's context, which it does not use. */
void go_start(void (*fn)(void))
{
	unsigned long was = arch_irq_off();
	struct g *g = get_or_panic(CONFIG_STACK, was);

	g->pin = 0;
	start(g, fn, arch_captured(&arch_self()->context), g_stack_top(g), (uintptr_t)__builtin_return_address(0), 0);
	ready_new(g, was);
}

/* Context: any. */
bool go_try_start(void (*fn)(void))
{
	unsigned long was = arch_irq_off();
	struct g *g = get(CONFIG_STACK, was);

	if (!g) {
		arch_irq_restore(was);
		return false;
	}
	g->pin = 0;
	start(g, fn, arch_captured(&arch_self()->context), g_stack_top(g), (uintptr_t)__builtin_return_address(0), 0);
	return ready_new(g, was);
}

static size_t attr_size(const struct go_attr *attr)
{
	size_t size = stack_round(attr->stack ? attr->stack : CONFIG_STACK);

	assert_that(size, "go_with: .stack %zu is above the limit of %d bytes", attr->stack, CONFIG_STACK_MAX);
	assert_that(attr->stack_max <= size,
	            "go_with: .stack_max %zu is above .stack: stacks do not grow, ask for all of it as .stack",
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

	g->pin = attr->core + 1;
	start(g, fn, arch_captured(&arch_self()->context), g_stack_top(g), (uintptr_t)__builtin_return_address(0),
	      attr->name);
	ready_new(g, was);
}

/* The value goes to the high end of the new stack.
 * Context: any. */
void go_copy_start(void (*fn)(void), const void *value, size_t size)
{
	unsigned long was = arch_irq_off();
	struct g *g = get_or_panic(CONFIG_STACK, was);
	char *to = (char *)(((uintptr_t)g_stack_top(g) - size) & ~(uintptr_t)15);
	uintptr_t args[4] = {(uintptr_t)to};

	for (size_t i = 0; i < size; i++)
		((volatile char *)to)[i] = ((const char *)value)[i];
	g->pin = 0;
	start(g, fn, args, to, (uintptr_t)__builtin_return_address(0), 0);
	ready_new(g, was);
}

/* What wg_go starts: f(...) with the caller's arguments, then wg_done. */
struct wg_call {
	void (*fn)(uintptr_t, uintptr_t, uintptr_t, uintptr_t);
	struct waitgroup *wg;
	uintptr_t args[4];
};

static void wg_run(struct wg_call *call)
{
	call->fn(call->args[0], call->args[1], call->args[2], call->args[3]);
	wg_done(call->wg);
}

/* Context: any. */
void go_wg_start(void (*fn)(void), struct waitgroup *wg)
{
	const uintptr_t *args = arch_captured(&arch_self()->context);
	struct wg_call call = {(void *)fn, wg, {args[0], args[1], args[2], args[3]}};

	wg_add(wg, 1);
	go_copy_start((void (*)(void))wg_run, &call, sizeof(call));
}

static __attribute__((noinline)) void commit_exit_slow(struct g *g)
{
	struct core *core = arch_core();

	g_check(g);
	put(core, g);
	if (core->nfree > 2 * CONFIG_BATCH)
		give_batch(core);
	schedule();
}

static leaf void commit_exit(void *arg)
{
	struct core *core = arch_core();
	struct g *g = arg;

	core->died++;
	core->g = 0;
	if (unlikely(!g_intact(g)) || unlikely(g->top->stack_size != CONFIG_STACK) ||
	    unlikely(core->nfree == 2 * CONFIG_BATCH))
		return commit_exit_slow(g);
	put(core, g);
	schedule();
}

static __attribute__((cold, noinline)) _Noreturn void exit_refused(void)
{
	panic("go_exit in an interrupt handler, after go_preempt_off or under a spin_lock: end that first");
}

/* Context: goroutine. */
void go_exit(void)
{
	struct g *g = arch_self();

	if (unlikely(g->preempt_off))
		exit_refused();
	if (unlikely(g->top->reent))
		libc_release(g->top->reent);
	arch_irq_off();
	arch_leave(commit_exit, g);
	__builtin_unreachable();
}

/* Context: boot. */
void g_start_main(void (*entry)(void))
{
	static const uintptr_t none[4];
	struct g *g = get_or_panic(stack_round(CONFIG_MAIN_STACK), arch_irq_off());

	g->pin = 0;
	start(g, entry, none, g_stack_top(g), 0, "main");
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
	            "stack overflow: goroutine %u used more than its %u bytes: start it with go_with(go_attr("
	            ".stack = %u), ...)",
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
	set_name(arch_self(), name);
}

/* Context: any. */
unsigned go_count(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < core_count; i++)
		count += peek(&cores[i].made) - peek(&cores[i].died);
	return count;
}

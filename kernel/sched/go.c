/* The forms of starting a goroutine: go, go_try, go_with, go_copy, wg_go, and main.
 *
 * go(f, ...) is two calls (go_call in skein_impl.h). First go_capture stores the arguments of f in
 * the context of the running goroutine, or in a handler of the core's own g; neither uses its
 * context meanwhile. Then go_start, or its brother for another form, goes three steps:
 *   1 It takes a g: one that has ended on this core (cache.free), or else what g_get finds (g.c).
 *   2 start fills the context of that g with f and the arguments, and gives the g an id and a name.
 *   3 The g goes to the tail of this core's ring, and a sleeping core is woken, if there is one.
 * go_start has no frame. It passes each rare case on by a jump: start_or_panic when no ended g is
 * at hand, ready_new when the g cannot simply go to the ring. The other forms call the same steps,
 * with the general g_get and ready_new. */
#include "base/atomic.h"
#include "base/panic.h"
#include "memory/pages.h"
#include "sched/above.h"
#include "sched/bounds.h"
#include "sched/core.h"
#include "sched/g.h"
#include "sched/grow.h"
#include "sched/sched.h"
#include "sched/stack.h"
#include "skein.h"

/* The steps, in the order of the page. */
static void start_or_panic(void (*fn)(void), unsigned long was);
static struct g *get_or_panic(struct stack_kind, unsigned long was);
static unsigned set_off(struct g *, unsigned long was);
static inline void start_captured(struct core *, struct g *self, struct g *, unsigned pin,
                                  void (*fn)(void), const char *name);
static inline void start(struct core *, struct g *, unsigned pin, void (*fn)(void),
                         const uintptr_t *args, void *sp, uintptr_t site, const char *name);
static inline uint32_t next_id(struct core *);
static inline void set_name(struct g_top *, const char *name);

/* go */

/* Context: any. */
leaf void go_start(void (*fn)(void))
{
	unsigned long was = arch_irq_off();
	struct core *core = arch_core();
	struct g *self = arch_self(), *g = core->cache.free;

	if (CONFIG_CHECK || unlikely(!g) || unlikely(self->preempt_off))
		return start_or_panic(fn, was);
	core->cache.free = g->next;
	core->cache.nfree--;
	start_captured(core, self, g, 0, fn, 0);
	if (unlikely(core->slow) || unlikely(!runq_push(&core->runq, g)))
		return (void)ready_new(g, was);
	notify_and_restore(was);
}

static noinline void start_or_panic(void (*fn)(void), unsigned long was)
{
	struct g *g;

	arch_touch_stack();
	g = get_or_panic(STACK_DEFAULT, was);
	start_captured(arch_core(), arch_self(), g, 0, fn, 0);
	set_off(g, was);
}

/* A goroutine that one of a bubble makes is of that bubble. */
static noinline unsigned set_off(struct g *g, unsigned long was)
{
	if (unlikely(arch_self()->preempt_off & BUBBLED))
		bubble_joins(g);
	return ready_new(g, was);
}

/* Once more, with the pages that the cores keep. To take them takes long, so interrupts must be
 * on. */
static noinline struct g *get_after_reclaim(struct stack_kind kind, unsigned long was)
{
	if (arch_irq_was_masked(was))
		return 0;
	arch_irq_restore(was);
	mem_reclaim();
	arch_irq_off();
	return g_get(kind, was);
}

static inline struct g *get(struct stack_kind kind, unsigned long was)
{
	struct g *g = g_get(kind, was);

	return likely(g) ? g : get_after_reclaim(kind, was);
}

static struct g *get_or_panic(struct stack_kind kind, unsigned long was)
{
	struct g *g = get(kind, was);

	assert_that(g,
	            "go: out of memory with %u goroutines alive: use go_try, start fewer, or give "
	            "the board more RAM (MEM=)",
	            go_count());
	return g;
}

/* With what go_capture has stored in the running goroutine's context. */
static inline void start_captured(struct core *core, struct g *self, struct g *g, unsigned pin,
                                  void (*fn)(void), const char *name)
{
	const uintptr_t *captured = arch_captured(&self->context);

	start(core, g, pin, fn, captured, g_stack_top(g), captured[ARCH_ARGUMENTS], name);
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
	g->preempt_off = ARCH_UNGUARDED && CONFIG_CHECK ? BARE : 0;
	g->preempt_pending = 0;
#if CONFIG_CHECK
	g->wants = 0;
#endif
	top->site = site;
	top->reent = 0;
	top->borrowed = 0;
	set_name(top, name);
	race_go(g);
}

/* Ids come to a core in batches of G_IDS: a new batch when the core has made so many goroutines. */
static inline uint32_t next_id(struct core *core)
{
	unsigned i = core->cache.made % G_IDS;

	if (unlikely(i == 0))
		core->cache.ids = fetch_add_relaxed(&g_last_id, G_IDS) + 1;
	count(&core->cache.made);
	return core->cache.ids + i;
}

static inline void set_name(struct g_top *top, const char *name)
{
	char *to = top->name, *last = to + sizeof(top->name) - 1;

	if (!name) { /* one store with the site */
		__builtin_memset(__builtin_assume_aligned(to, sizeof(long)), 0, sizeof(long));
		return;
	}
	while (*name && to < last)
		*to++ = *name++;
	*to = 0;
}

/* The other forms. */

/* Context: any. */
bool go_try_start(void (*fn)(void))
{
	unsigned long was;
	struct g *g;

	arch_touch_stack();
	was = arch_irq_off();
	g = get(STACK_DEFAULT, was);
	if (g) {
		start_captured(arch_core(), arch_self(), g, 0, fn, 0);
		return set_off(g, was);
	}
	arch_irq_restore(was);
	return false;
}

static struct stack_kind fixed_stack(size_t stack)
{
	size_t size = stack_round(stack + CONFIG_RACE_STACK);

	assert_that(size, "go_with: .stack %zu is above the limit of %d bytes", stack,
	            CONFIG_STACK_MAX);
	return (struct stack_kind){.most = size};
}

static struct stack_kind growing_stack(size_t most)
{
	assert_that(GROW_MOST,
	            "go_with: .stack_max %zu: stacks do not grow on this board, ask for "
	            "all of it as .stack",
	            most);
	assert_that(most <= GROW_MOST, "go_with: .stack_max %zu is above the limit of %u bytes",
	            most, (unsigned)GROW_MOST);
	return (struct stack_kind){(most + PAGE_SIZE - 1) & -PAGE_SIZE, true};
}

static struct stack_kind kind_of(const struct go_attr *attr)
{
	assert_that(!attr->stack || !attr->stack_max,
	            "go_with: .stack is a fixed size and .stack_max a limit: give one of them");
	assert_that(attr->priority == 0, "go_with: .priority is reserved and must be 0");
	assert_that(attr->core >= GO_ANY_CORE && attr->core < (int)core_count,
	            "go_with: .core %d: this run has cores 0 to %u", attr->core, core_count - 1);
	return attr->stack       ? fixed_stack(attr->stack)
	       : attr->stack_max ? growing_stack(attr->stack_max)
	                         : STACK_DEFAULT;
}

/* Does nothing guard a stack of this kind? */
static bool is_bare(struct stack_kind kind)
{
	return ARCH_UNGUARDED ? CONFIG_CHECK : !ARCH_LIMIT && !grow_takes(kind);
}

/* Context: any. */
void go_with_start(void (*fn)(void), const struct go_attr *attr)
{
	struct stack_kind kind = kind_of(attr);
	unsigned long was;
	struct g *g;

	arch_touch_stack();
	was = arch_irq_off();
	g = get_or_panic(kind, was);
	start_captured(arch_core(), arch_self(), g, attr->core + 1, fn, attr->name);
	if (is_bare(kind))
		g->preempt_off |= BARE;
	set_off(g, was);
}

/* Nobody else knows g while the value is copied, so interrupts are taken meanwhile.
 * Context: any. */
void g_start_copy(void (*fn)(void), const void *value, size_t size, size_t align, uintptr_t site)
{
	unsigned long was;
	struct g *g;
	uintptr_t *args;
	char *to;
	size_t i = 0;

	arch_touch_stack();
	was = arch_irq_off();
	g = get_or_panic(STACK_DEFAULT, was);
	to = (char *)(((uintptr_t)g_stack_top(g) - size) & -(uintptr_t)align & ~(uintptr_t)15);
	args = (uintptr_t *)to - ARCH_ARGUMENTS; /* of which fn takes one */
	arch_irq_restore(was);
	if ((uintptr_t)value % sizeof(uintptr_t) == 0)
		for (; size - i >= sizeof(uintptr_t); i += sizeof(uintptr_t))
			*(uintptr_t *)(to + i) = *(const uintptr_t *)((const char *)value + i);
	for (; i < size; i++)
		to[i] = ((const char *)value)[i];
	args[0] = (uintptr_t)to;
	arch_irq_off();
	start(arch_core(), g, 0, fn, args, to, site, 0);
	set_off(g, was);
}

/* Context: any. */
void g_start_call(void (*fn)(void *), void *arg, uintptr_t site)
{
	uintptr_t args[ARCH_ARGUMENTS] = {(uintptr_t)arg};
	unsigned long was;
	struct g *g;

	arch_touch_stack();
	was = arch_irq_off();
	g = get_or_panic(STACK_DEFAULT, was);
	start(arch_core(), g, 0, (void (*)(void))fn, args, g_stack_top(g), site, 0);
	set_off(g, was);
}

/* Context: any. */
void go_copy_start(void (*fn)(void), const void *value, size_t size, size_t align)
{
	g_start_copy(fn, value, size, align, (uintptr_t)__builtin_return_address(0));
}

/* tools/stack reads this number in the image. */
#define SAY_ALWAYS() __asm__(".global stack_always\n.set stack_always, %c0" : : "i"(G_ALWAYS))

/* Context: boot. */
void g_start_main(void (*entry)(void))
{
	static const uintptr_t none[ARCH_ARGUMENTS];
	struct stack_kind kind = {CONFIG_MAIN_RANGE, true};
	struct g *g;

	if (!GROW_MOST)
		kind = (struct stack_kind){.most = stack_round(CONFIG_MAIN_STACK)};
	grow_ahead();
	g = get_or_panic(kind, arch_irq_off());
	SAY_ALWAYS();
	start(arch_core(), g, 0, entry, none, g_stack_top(g), 0, "main");
	ready_new(g, arch_irq_off());
}

/* Context: goroutine. */
void go_name(const char *name)
{
	set_name(arch_self()->top, name);
}

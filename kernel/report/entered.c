/* STACKS=1: each function of a program and of lib/ calls __cyg_profile_func_enter when it has made
 * its frame, and __cyg_profile_func_exit before it returns (gcc's -finstrument-functions). So the
 * very function that leaves its stack is named, on any board. A function may go on
 *   - on its own stack or a borrowed one, above the canary and what the hardware pushes when it
 *     interrupts;
 *   - on a core's stack: it is a handler, or a call in a report;
 *   - on a stack that grows: that ends at a guard, and a fault there tells what it needs.
 * The hook has no frame, and what it finds is reported on the core stack. So nothing is written
 * below the frame of the function. The registers that the function has stored there are within as
 * much memory again below a stack, which nobody uses (sched/stack.c), or within the hardware's
 * guard. */
#include "report/report.h"
#include "report/symbols.h"
#include "sched/bounds.h"
#include "sched/grow.h"

enum { KEPT = STACK_GUARD + ARCH_PUSHED };

void __cyg_profile_func_enter(void *function, void *site);
void __cyg_profile_func_exit(void *function, void *site);

static inline bool within(uintptr_t sp, uintptr_t low, size_t size)
{
	return sp - (low + KEPT) <= size - KEPT;
}

static inline uintptr_t low_end(const struct g *g)
{
	return grow_end_of(g) - g_room(g);
}

static const char *name_of(const void *function)
{
	uintptr_t start;
	const char *name = symbol_find((uintptr_t)function, &start);

	return name ? name : "a function";
}

/* What the function has used: left has stored it where a goroutine that runs has no use for it. */
static void report_left(void *arg)
{
	const struct g *g = arg;
	uintptr_t sp = (uintptr_t)g->since, borrowed = g->top->borrowed;
	uintptr_t low = borrowed ? borrowed : low_end(g);
	unsigned has = borrowed ? g->top->borrowed_size : g_room(g);
	size_t lacks = low + KEPT - sp;

	if (borrowed)
		panic_left(g, (uintptr_t)g->spent,
		           "stack overflow: %s needs %zu bytes more than the %u that a call of the "
		           "C library has: let what it calls back use less",
		           name_of(g->object), lacks, has);
	panic_left(g, (uintptr_t)g->spent,
	           "stack overflow: %s needs %zu bytes more than the %u of goroutine %u: start it "
	           "with go_with(go_attr(.stack = %zu), ...)",
	           name_of(g->object), lacks, has, g->id, ((has + lacks) / 256 + 1) * 256);
}

static leaf noinline void left(void *function, uintptr_t sp, uintptr_t fp)
{
	struct g *g = arch_self();

	arch_irq_off();
	g->object = function;
	g->since = sp;
	g->spent = fp;
	arch_leave(report_left, g);
}

/* A handler, or what a report calls: masked. */
static noinline void check_core_stack(void *function, uintptr_t sp)
{
	const struct core *core = arch_core();
	uintptr_t used = (uintptr_t)core->arch.stack_top - sp;

	if (used > CONFIG_CORE_STACK && !panic_begun())
		panic_left(
		    0, (uintptr_t)__builtin_frame_address(0),
		    "stack overflow: %s, in an interrupt handler, needs %zu bytes more than the "
		    "%d of a core's stack: let a goroutine do it",
		    name_of(function), used - CONFIG_CORE_STACK, CONFIG_CORE_STACK);
}

static inline void look(void *function)
{
	uintptr_t sp = arch_sp();
	const struct g *g;

	if (arch_irq_masked() &&
	    (!arch_self()->top || arch_on_core_stack(arch_core()) || panic_begun()))
		return check_core_stack(function, sp);
	g = arch_self();
	if (g->top->range && !g->top->borrowed)
		return;
	if (within(sp, low_end(g), g_room(g)) ||
	    (g->top->borrowed && within(sp, g->top->borrowed, g->top->borrowed_size)))
		return;
	left(function, sp, arch_fp());
}

/* Context: any. */
leaf void __cyg_profile_func_enter(void *function, void *site)
{
	(void)site;
	look(function);
}

/* What it has taken by alloca is still there.
 * Context: any. */
leaf void __cyg_profile_func_exit(void *function, void *site)
{
	(void)site;
	look(function);
}

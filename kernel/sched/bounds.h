/* Stacks that the hardware does not guard.
 *
 * Where there is an MMU, a stack in the arena ends at a page that is never mapped, and on ARMv8-M
 * PSPLIM guards each stack. What is left: where there is an MMU, fixed stacks of less than a page
 * and borrowed stacks; on a machine that has neither, all stacks. There the stack pointer and the
 * canary, the lowest word of a stack, are looked at
 *   - at each way out of a goroutine: a park, a yield, its end;
 *   - at each interrupt that finds a goroutine, before a handler runs, and so at a slice's end.
 *
 * A look may cost next to nothing, for it comes with each switch. Each way out of a goroutine tests
 * g->preempt_off anyway, and goes aside if that is not 0. So where the other stacks are guarded, the
 * bit BARE of g->preempt_off says that nothing guards the one that the goroutine runs on, and a way
 * out of other goroutines takes no instruction more. Where nothing guards any stack (ARCH_UNGUARDED),
 * a way out compares the stack pointer with g->stack, in two instructions; the canary is looked at
 * where interrupts come and at the goroutine's end, and with CHECK=1, which sets BARE for all, at
 * each way out too. An interrupt looks at both. */
#ifndef SKEIN_BOUNDS_H
#define SKEIN_BOUNDS_H
#include "base/hot.h"
#include "sched/core.h"
#include "sched/stack.h"

/* The running goroutine asks before it leaves its stack: may it not wait, is it of a bubble, or is
 * its stack to be looked at?
 * Context: goroutine, masked. */
static inline bool leaves_aside(const struct g *g)
{
	return g->preempt_off || (ARCH_UNGUARDED && arch_sp() < g->stack);
}

/* The same of a goroutine that was interrupted. Context: core stack, entered by the trap stub. */
static inline bool bounds_suspect(const struct arch_frame *frame)
{
	const struct g *g = arch_self();

	if (ARCH_LIMIT)
		return false; /* the hardware has pushed on that stack, within its limit */
	if (!ARCH_UNGUARDED)
		return g->preempt_off & BARE;
	return frame->sp < g->stack || !stack_intact(g->stack);
}

/* A running goroutine is on its stack, or on the one that it has borrowed, and has left neither. */
bool bounds_hold(const struct g *, uintptr_t sp);
/* It has. The frame is null when it was not interrupted. */
_Noreturn void panic_bounds(const struct g *, uintptr_t sp, const struct arch_frame *)
    __attribute__((cold));

/* Context: goroutine. */
static inline void bounds_check(const struct g *g)
{
	if (unlikely(!bounds_hold(g, arch_sp())))
		panic_bounds(g, arch_sp(), 0);
}

/* With STACKS=1 it is the functions that look (report/entered.c): an interrupt may come between a
 * function's first instruction and its look, which says more.
 * Context: core stack, entered by the trap stub. */
static inline void bounds_check_interrupted(const struct g *g, const struct arch_frame *frame)
{
	if (!CONFIG_STACKS && unlikely(!bounds_hold(g, frame->sp)))
		panic_bounds(g, frame->sp, frame);
}

#endif

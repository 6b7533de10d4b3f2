/* Stacks that the hardware does not guard: see bounds.h. */
#include "sched/bounds.h"
#include "base/panic.h"
#include "sched/grow.h"

/* Of the stack itself, which a goroutine that has borrowed one may still run on, or again. */
static inline bool on_own(const struct g *g, uintptr_t sp)
{
	return ARCH_LIMIT || grow_end_of(g) - sp <= g_room(g);
}

static inline bool on_borrowed(const struct g *g, uintptr_t sp)
{
	return sp - g->top->borrowed <= g->top->borrowed_size;
}

/* It needs no frame: it is the deepest that a park comes.
 * Context: any, masked, or the goroutine itself. */
leaf bool bounds_hold(const struct g *g, uintptr_t sp)
{
	if (!stack_intact(g->stack) && !g->top->range)
		return false;
	if (unlikely(g->top->borrowed))
		return stack_intact(g->top->borrowed) && (on_own(g, sp) || on_borrowed(g, sp));
	return on_own(g, sp);
}

/* A stack of twice the size, and more if that would not do. */
static size_t enough(const struct g *g, uintptr_t sp)
{
	uintptr_t end = grow_end_of(g), size = g->top->stack_size * 2;

	while (!on_own(g, sp) && sp < end && size < end - sp && size < CONFIG_STACK_MAX)
		size *= 2;
	return size;
}

#define TOO_MUCH                                                                   \
	"stack overflow: goroutine %u used more than its %u bytes: start it with " \
	"go_with(go_attr(.stack = %zu), ...)"
#define TOO_MUCH_BORROWED "C library: a call needed more than %u bytes of stack"

static _Noreturn void panic_borrowed(unsigned size, const struct arch_frame *frame)
{
	if (frame)
		panic_interrupted(frame, TOO_MUCH_BORROWED, size);
	panic(TOO_MUCH_BORROWED, size);
}

/* Context: goroutine, or core stack. */
void panic_bounds(const struct g *g, uintptr_t sp, const struct arch_frame *frame)
{
	unsigned has = g->top->stack_size;

	if (g->top->borrowed && g_intact(g))
		panic_borrowed(g->top->borrowed_size, frame);
	if (frame)
		panic_interrupted(frame, TOO_MUCH, g->id, has, enough(g, sp));
	panic(TOO_MUCH, g->id, has, enough(g, sp));
}

/* Borrowed stacks. newlib's formatted I/O needs more stack than a goroutine has, so its deep entry
 * points (wrap.c) run on one of two stacks a core, for which goroutines wait in order. No call
 * takes a second one, and a call that writes to a stream holds the stream's lock before it asks: so
 * nobody holds a stack while waiting for a stream. For the few calls that do wait for another
 * lock, one at a time (borrow_alone in wrap.c), there is one stack more. */
#include "arch.h"
#include "sched/g.h"
#include "libc.h"
#include "skein.h"
#include "sched/stack.h"
#include "memory/mem.h"
#include "base/panic.h"

static chan(void *) stacks; /* the free ones */

/* Context: the main goroutine, before any other. */
void libc_stacks_init(void)
{
	unsigned n = 2 * go_cores() + 1;
	unsigned long was;

	stacks = chan_make(void *, n);
	for (unsigned i = 0; i < n; i++) {
		void *stack;

		was = arch_irq_off();
		stack = mem_pages(PAGES_ORDER(LIBC_STACK));
		arch_irq_restore(was);
		assert_that(stack,
		            "C library: no memory for its stacks: give the board more RAM (MEM=)");
		stack_paint((uintptr_t)stack, LIBC_STACK);
		chan_send(stacks, stack);
	}
}

/* Context: goroutine; may park. */
void libc_borrow(void (*fn)(void *), void *arg)
{
	struct g *g = arch_self();
	void *stack;

	if (!g->top || arch_irq_masked())
		libc_check_context();
	if (g->top->borrowed) {
		fn(arg);
		return;
	}
	chan_recv(stacks, &stack);
	g->top->borrowed_size = LIBC_STACK;
	g->top->borrowed = (uintptr_t)stack;
	arch_call_on((uintptr_t)stack, (char *)stack + LIBC_STACK, fn, arg);
	g->top->borrowed = 0;
	assert_that(stack_intact((uintptr_t)stack),
	            "C library: a call needed more than %d bytes of stack", LIBC_STACK);
	chan_send(stacks, stack);
}

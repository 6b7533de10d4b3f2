/* Borrowed stacks. newlib's formatted I/O needs more stack than a goroutine has, so its deep entry
 * points (wrap.c) run on one of two stacks a core, for which goroutines wait in order. No call
 * takes a second one, and a call that writes to a stream holds the stream's lock before it asks: so
 * nobody holds a stack while waiting for a stream. For the few calls that do wait for another
 * lock, one at a time (borrow_alone in wrap.c), there is one stack more. */
#include "arch.h"
#include "sched/g.h"
#include "libc.h"
#include "skein.h"
#include "sched/bounds.h"
#include "sched/stack.h"
#include "memory/mem.h"
#include "base/panic.h"

static chan(void *) stacks; /* the free ones */

/* What newlib calls through pointers, for tools/stack: */
/* stack: __sflush_r calls __swrite, __sseek, memwriter, memseeker, fmemwriter, fmemseeker,
 * funwriter, funseeker, fcwriter, fcseeker */
/* stack: __sfvwrite_r calls __swrite, memwriter, fmemwriter, funwriter, fcwriter */
/* stack: __srefill_r calls __sread, fmemreader, funreader, fcreader, eofread, eofread1 */
/* stack: _ftello_r calls __sseek, memseeker, fmemseeker, funseeker, fcseeker */
/* stack: _fseeko_r calls __sseek, memseeker, fmemseeker, funseeker, fcseeker */
/* stack: _fclose_r calls __sclose, memcloser, fmemcloser, funcloser, fccloser */
/* stack: _freopen_r calls __sclose, memcloser, fmemcloser, funcloser, fccloser */
/* The functions that exit calls have 8 KB. stack: __call_exitprocs calls nothing */
/* stack: _reclaim_reent calls _cleanup_r */
/* A goroutine's own state lists no streams (the configuration says so): nothing of such a list is
 * freed, and this is never called. recursion: cleanup_glue 1 */

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
	uint8_t bare;

	if (!g->top || arch_irq_masked())
		libc_check_context();
	if (g->top->borrowed) {
		fn(arg); /* here already. stack: calls nothing */
		return;
	}
	chan_recv(stacks, &stack);
	bare = g->preempt_off & BARE; /* for its own stack */
	g->top->borrowed_size = LIBC_STACK;
	g->top->borrowed = (uintptr_t)stack;
	if (!ARCH_LIMIT)
		g->preempt_off |= BARE;
	arch_call_on((uintptr_t)stack, (char *)stack + LIBC_STACK, fn, arg);
	bounds_check(g);
	if (!bare)
		g->preempt_off &= (uint8_t)~BARE;
	g->top->borrowed = 0;
	chan_send(stacks, stack);
}

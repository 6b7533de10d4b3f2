/* The end of the program: exit and _exit. exit calls what atexit was given, then the destructors,
 * flushes every stream, looks for leaked goroutines if it is to (skein.leaks=1), and ends. It holds
 * the lock of atexit's list throughout: a second goroutine that calls exit waits until the program
 * has ended. */
#include <reent.h>
#include <stdlib.h>
#include <sys/lock.h>
#include "arch.h"
#include "base/panic.h"
#include "base/race.h"
#include "boot/options.h"
#include "boot/start.h"
#include "sched/g.h"
#include "libc.h"
#include "skein.h"

void _exit(int status);
void __call_exitprocs(int status, void *dso) __attribute__((weak)); /* with the first atexit */

extern struct __lock __lock___atexit_recursive_mutex;
extern void (*__fini_array_start[])(void), (*__fini_array_end[])(void);

/* Last first, each once, also when one of them calls exit. */
static void run_destructors(void)
{
	static unsigned done;
	unsigned n = __fini_array_end - __fini_array_start;

	while (done < n)
		/* exit has seen to it that 8 KB are here. stack: calls nothing */
		__fini_array_start[n - ++done]();
}

static _Noreturn void end(int status)
{
	status = race_status(status);
	arch_irq_off();
	kernel_exit(status);
}

static void leave(void *status)
{
	__lock_acquire_recursive(&__lock___atexit_recursive_mutex);
	if (__call_exitprocs)
		__call_exitprocs(*(int *)status, 0);
	run_destructors();
	libc_input_leave();
	if (_GLOBAL_REENT->__cleanup)
		/* stack: calls _cleanup_r */
		_GLOBAL_REENT->__cleanup(_GLOBAL_REENT);
	if (options.leaks && go_leaks() && *(int *)status == 0)
		end(STATUS_LEAKS);
	_exit(*(int *)status);
}

/* What is called is the program's: it has the larger stack.
 * Context: goroutine; may park. */
void exit(int status)
{
	const struct g_top *top = arch_self()->top;

	if (top && (top->range ? top->range : top->stack_size) > LIBC_STACK && !arch_irq_masked())
		leave(&status);
	else
		libc_borrow(leave, &status);
	__builtin_unreachable();
}

/* 0 to 63 are the program's; above stand panics and time limits.
 * Context: goroutine. */
void _exit(int status)
{
	if (status < 0 || status > 63) {
		kprintf("skein: exit status %d is none of 0 to 63, so it becomes 63\n", status);
		status = 63;
	}
	end(status);
}

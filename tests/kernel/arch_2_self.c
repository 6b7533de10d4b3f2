/* arch_self and arch_core on every core and across moves, go_capture, arch_touch_stack,
 * arch_relax, arch_cycles. */
// test: check=0 cores=1,4
#include "arch.h"
#include "base/atomic.h"
#include "sched/core.h"
#include "test.h"

static struct waitgroup done;
static unsigned moved; /* atomic */

/* A goroutine keeps its own g wherever it runs, and the core's g is that one. */
static void wander(void)
{
	struct g *self = arch_self();
	unsigned long was = arch_irq_off();
	struct core *before = arch_core(), *core = before;

	for (unsigned i = 0; i < 2000; i++) {
		core = arch_core();
		if (core->g != self || arch_self() != self || core->index >= core_count)
			check(!"a core runs the goroutine that it says");
		if (core != before)
			fetch_add_relaxed(&moved, 1);
		before = core;
		arch_irq_restore(was);
		go_yield();
		arch_irq_off();
	}
	arch_irq_restore(was);
	check(arch_self() == self);
	wg_done(&done);
}

static void captured(void)
{
	void (*capture)(uintptr_t, uintptr_t, uintptr_t, uintptr_t) = (void *)go_capture;
	const uintptr_t *args;

	capture(1, UINTPTR_MAX, 3, (uintptr_t)&args);
	args = arch_captured(&arch_self()->context);
	check(args[0] == 1 && args[1] == UINTPTR_MAX && args[2] == 3 &&
	      args[3] == (uintptr_t)&args);
	check(args[ARCH_ARGUMENTS] > (uintptr_t)captured &&
	      args[ARCH_ARGUMENTS] < (uintptr_t)captured + 256); /* where it was called */
}

int main(void)
{
	uint64_t start;

	captured();
	arch_touch_stack();
	arch_relax();
	start = arch_cycles();
	while (arch_cycles() == start)
		;
	check(arch_cycles() > start);
	wg_add(&done, 16);
	for (unsigned i = 0; i < 16; i++)
		go(wander);
	wg_wait(&done);
	kprintf("%u moves\n", load_relaxed(&moved));
	return test_done();
}

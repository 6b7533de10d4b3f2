/* An interrupt writes nothing below the stack pointer of the goroutine it met but what the hardware
 * itself pushes, and an empty goroutine that was preempted has used at most 96 bytes of its stack
 * besides, its header counted. */
// test: cores=1,4 args=pinned
// test: cores=1
#include "base/atomic.h"
#include "sched/core.h"
#include "test.h"

enum { PREEMPTIONS = 1000, MOST = 96 + ARCH_PUSHED };

static struct waitgroup done;
static bool over; /* atomic */

static uint64_t preempted_on(unsigned index)
{
	return peek(&cores[index].stats.preemptions);
}

/* Between the fill and the look no function is called, so only an interrupt could write there. */
static void fill_and_look(unsigned index)
{
	struct core *core = &cores[index];
	register uintptr_t sp __asm__("sp");
	uintptr_t low = arch_self()->stack + 64, free = sp - ARCH_PUSHED;
	unsigned long wrong = 0;
	uint64_t end = peek(&core->stats.preemptions) + PREEMPTIONS;

	for (volatile uintptr_t *p = (uintptr_t *)low; (uintptr_t)p < free; p++)
		*p = ~(uintptr_t)p;
	while (peek(&core->stats.preemptions) < end)
		;
	for (volatile uintptr_t *p = (uintptr_t *)low; (uintptr_t)p < free; p++)
		wrong += *p != ~(uintptr_t)p;
	check(sp - low > 1000);
	check(wrong == 0);
	store_relaxed(&over, true);
	wg_done(&done);
}

static void pest(void)
{
	while (!load_relaxed(&over))
		go_sleep(us(20));
	wg_done(&done);
}

static struct g *volatile empty_g;

static void empty(void)
{
	empty_g = arch_self();
	for (;;)
		;
}

static void empty_one(void)
{
	uint64_t before = preempted_on(0);
	struct g *g;

	/* small, so that its use is seen finely */
	go_with(go_attr(.stack = CONFIG_STACK_MIN, .core = 0), empty);
	while (!(g = empty_g) || preempted_on(0) < before + 10 || !load_relaxed(&g->frame))
		go_sleep(us(100));
	kprintf("%u bytes\n", g_high_water(g));
	check(g_high_water(g) <= MOST);
	check(g_high_water(g) >= sizeof(struct g_top));
	wg_done(&done);
}

int main(int argc, char **argv)
{
	int core = argc > 1 ? (int)go_cores() - 1 : GO_ANY_CORE;

	(void)argv;
	wg_add(&done, 1); /* first: its stack must be a new one */
	go_with(go_attr(.core = 0), empty_one);
	wg_wait(&done);
	wg_add(&done, 2);
	go_with(go_attr(.core = core), pest);
	go_with(go_attr(.core = core), fill_and_look, go_cores() - 1);
	wg_wait(&done);
	return test_done();
}

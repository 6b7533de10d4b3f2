/* See machine.h. Compiled with -fsanitize=thread, as the kernel files: a goroutine's context is
 * plain memory, written by the core that it leaves and read by who may run it. */
#include "machine.h"
#include "board.h"
#include "clock.h"
#include "limit.h"
#include "mem.h"
#include "panic.h"
#include <stdlib.h>
#include <string.h>

struct g goroutine[EXPLORE_THREADS];
uint64_t machine_time[EXPLORE_THREADS];
struct board board;
uint32_t panic_core;

static uint32_t readied[EXPLORE_THREADS]; /* unlocked by who readies the goroutine */
static uint32_t core_0_left;              /* unlocked when thread 0 has parked */
static uint8_t on[EXPLORE_THREADS];       /* the core that a thread is */

/* Nobody else is this one: three threads suffice where there is an alarm. */
enum { SPARE_CORE = EXPLORE_THREADS - 1 };

struct core *machine_core(void)
{
	int self = explore_self();

	return &cores[self < 0 ? 0 : on[self]];
}

struct g *machine_self(void)
{
	return &goroutine[explore_self()];
}

uint64_t machine_clock(void)
{
	return explore_self() < 0 ? 0 : machine_time[explore_self()];
}

uint64_t board_clock(void)
{
	return machine_clock();
}

bool machine_pending(void)
{
	return false;
}

void machine_init(void)
{
	memset(goroutine, 0, sizeof(goroutine));
	memset(cores, 0, EXPLORE_THREADS * sizeof(cores[0]));
	core_count = EXPLORE_THREADS;
	core_0_left = SHUT;
	clock_init(1000000000, 0);
	for (unsigned i = 0; i < EXPLORE_THREADS; i++) {
		machine_time[i] = 1;
		readied[i] = SHUT;
		on[i] = i;
		goroutine[i].why = G_RUNNABLE;
		goroutine[i].id = i + 1;
		cores[i].index = i;
		cores[i].g = &goroutine[i];
		cores[i].rand = i + 1;
		timer_init(&cores[i].timers);
	}
}

/* Whoever readies a goroutine may be the one to run it: it loads the context. */
static void run_elsewhere(struct g *g)
{
	explore_assert(g->context.pc == (uintptr_t)g);
	explore_unlock(&readied[g - goroutine]);
}

void arch_park(struct arch_context *save, void (*fn)(void *), void *arg)
{
	int self = explore_self();

	save->pc = (uintptr_t)save;
	fn(arg);
	explore_lock(&readied[self]);
	if (self == 0)
		on[self] = SPARE_CORE;
	save->pc = 0;
}

/* The core stack is left. */
void schedule(void)
{
	if (machine_core() == &cores[0])
		explore_unlock(&core_0_left);
}

unsigned ready(struct g *g, unsigned long was)
{
	(void)was;
	explore_assert(g->why > G_RUNNABLE);
	g->why = G_RUNNABLE;
	run_elsewhere(g);
	return 1;
}

void machine_await_park(void)
{
	explore_lock(&core_0_left);
}

void machine_alarm(void)
{
	struct core *core = &cores[0];
	struct g *g;

	explore_lock(&core_0_left);
	on[explore_self()] = 0;
	kernel_tick();
	g = core->woken;
	core->woken = 0;
	if (g)
		run_elsewhere(g);
}

void commit_unlock(void *l)
{
	unlock(l);
	schedule();
}

void commit_wait(void *unused)
{
	(void)unused;
	schedule();
}

void go_yield(void)
{
	explore_relax();
}

void arch_call_on(uintptr_t stack, void *stack_top, void (*fn)(void *), void *arg)
{
	(void)stack, (void)stack_top;
	fn(arg);
}

void board_alarm(uint64_t when)
{
	(void)when;
}

void sched_alarm(struct core *core, uint64_t end)
{
	(void)core, (void)end;
}

void run(struct core *core, struct g *g)
{
	(void)core, (void)g;
}

/* Two for each heap. */
void *mem_pages(size_t bytes)
{
	static char page[2 * EXPLORE_THREADS][PAGE_SIZE] __attribute__((aligned(16)));
	static unsigned next;

	(void)bytes;
	return page[next++ % (2 * EXPLORE_THREADS)];
}

void *mem_alloc(size_t size)
{
	(void)size;
	return 0;
}

void mem_free(void *block, size_t size)
{
	(void)block, (void)size;
}

void *slab_get(struct slab *s)
{
	(void)s;
	return 0;
}

struct slab mem_sizes[MEM_SIZES];

void panic(const char *format, ...)
{
	explore_fail(format, __FILE__, __LINE__);
}

void panic_stop(void)
{
}

void park_refused(enum why why)
{
	(void)why;
	explore_fail("park refused", __FILE__, __LINE__);
}

int machine_explore(void (*init)(void), const struct explore_scenario *scenarios, unsigned n)
{
	bool good = true;

	for (unsigned i = 0; i < n && good; i++) {
		struct explore_scenario s = scenarios[i];

		s.init = s.init ? s.init : init;
		good = explore_report(&s);
	}
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

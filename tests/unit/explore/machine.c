/* See machine.h. */
#include "machine.h"
#include "board.h"
#include "base/clock.h"
#include "sched/limit.h"
#include "sync/bubble.h"
#include "memory/mem.h"
#include "base/panic.h"
#include <stdlib.h>
#include <string.h>

struct g goroutine[EXPLORE_THREADS];
uint64_t machine_time[EXPLORE_THREADS];
struct board board;
uint32_t panic_core;

static uint8_t on[EXPLORE_THREADS]; /* the core that a thread is */
static struct g *running[EXPLORE_THREADS];

struct core *machine_core(void)
{
	int self = explore_self();

	return &cores[self < 0 ? 0 : on[self]];
}

/* Before the threads run, it is the first one's. */
struct g *machine_self(void)
{
	int self = explore_self();

	return running[self < 0 ? 0 : self];
}

void machine_self_set(struct g *g)
{
	running[explore_self()] = g;
}

void machine_be_core(unsigned core)
{
	on[explore_self()] = core;
}

uint64_t machine_clock(void)
{
	return explore_self() < 0 ? 0 : machine_time[explore_self()];
}

uint64_t board_clock(void)
{
	return machine_clock();
}

void machine_init(void)
{
	static struct g_top tops[EXPLORE_THREADS];

	memset(goroutine, 0, sizeof(goroutine));
	memset(tops, 0, sizeof(tops));
	memset(cores, 0, EXPLORE_THREADS * sizeof(cores[0]));
	core_count = EXPLORE_THREADS;
	board = (struct board){.clock_hz = 1000000000, .lines = {1, 8}};
	clock_init(1000000000, 0);
	for (unsigned i = 0; i < EXPLORE_THREADS; i++) {
		machine_time[i] = 1;
		on[i] = i;
		running[i] = &goroutine[i];
		goroutine[i].why = G_RUNNABLE;
		goroutine[i].id = i + 1;
		goroutine[i].top = &tops[i];
		cores[i].index = i;
		cores[i].g = &goroutine[i];
		cores[i].rand = i + 1;
		timer_init(&cores[i].timers);
	}
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

/* Two for each heap. */
void *mem_pages(unsigned order)
{
	static char page[2 * EXPLORE_THREADS][PAGE_SIZE] __attribute__((aligned(16)));
	static unsigned next;

	(void)order;
	return page[next++ % (2 * EXPLORE_THREADS)];
}

void *mem_alloc(size_t size)
{
	(void)size;
	return 0;
}

void mem_free(void *block, size_t size)
{
	explore_gone(block, size);
}

/* Nobody looks into it. */
void *slab_get(struct slab *s)
{
	static struct arch_frame block[4];

	(void)s;
	return block;
}

void slab_put(struct slab *s, void *block)
{
	(void)s, (void)block;
}

struct slab mem_sizes[MEM_SIZES];

/* Objects lie anywhere but at null. */
struct mem_objects mem_objects = {1, UINTPTR_MAX - MEM_OBJECT};

bool mem_writable(const void *p, size_t n)
{
	(void)n;
	return p;
}

void panic(const char *format, ...)
{
	explore_fail(format, __FILE__, __LINE__);
}

void panic_stop(void)
{
}

/* There is no bubble, unless the test brings sync/bubble.c. */

#define no_bubble __attribute__((weak))

no_bubble void bubble_park(enum why why, void (*commit)(void *), void *arg, const void *object)
{
	(void)why, (void)commit, (void)arg, (void)object;
}

no_bubble void bubble_park_until(enum why why, void (*commit)(void *), void *arg,
                                 const void *object, uint64_t end)
{
	(void)why, (void)commit, (void)arg, (void)object, (void)end;
}

no_bubble void bubble_park_select(enum why why, void (*commit)(void *), struct channel *last,
                                  uint64_t end)
{
	(void)why, (void)commit, (void)last, (void)end;
}

no_bubble const struct channel *bubble_outside(const struct chan_case *cases, size_t n)
{
	(void)cases, (void)n;
	return 0;
}

no_bubble void bubble_wakes(struct g *g)
{
	(void)g;
}

no_bubble go_time bubble_now(void)
{
	return 0;
}

no_bubble uint64_t bubble_deadline(go_time t)
{
	(void)t;
	return 0;
}

no_bubble void bubble_sleep(go_time t, struct timer_node *timer)
{
	(void)t, (void)timer;
}

no_bubble struct timers *bubble_timers(const struct timer_node *node)
{
	(void)node;
	return 0;
}

no_bubble struct channel *bubble_adopts(struct channel *c)
{
	return c;
}

no_bubble void panic_foreign_channel(const struct channel *c)
{
	(void)c;
	explore_fail("no bubble", __FILE__, __LINE__);
}

no_bubble void bubble_call(struct timer_node *node, void (*due)(struct timer_node *), uint64_t when)
{
	(void)node, (void)due, (void)when;
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

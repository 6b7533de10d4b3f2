/* A bubble begins and ends: go_bubble and go_bubble_wait. See bubble.c. */
#include "base/panic.h"
#include "base/race.h"
#include "sched/heap.h"
#include "sync/bubble.h"

#define START go_sec(1) /* what the clock of each bubble says first */

static uint32_t last_number; /* atomic */

static struct bubble *make(void)
{
	struct bubble *b = mem_alloc(sizeof(*b));

	assert_that(b, "go_bubble: out of memory: give the board more RAM (MEM=)");
	/* as one assignment it becomes newlib's memset */
	b->running = 1;
	b->living = 0;
	b->keeper = arch_self();
	b->waiter = 0;
	b->now = START;
	b->timers.lock.word = 0;
	b->timers.firing = 0;
	b->timers.n = b->timers.arrived = b->timers.pages = 0;
	do
		b->number = (uint16_t)(fetch_add_relaxed(&last_number, 1) + 1);
	while (!b->number);
	return b;
}

static noinline void free_page(void *page)
{
	arch_touch_stack();
	arch_irq_off();
	mem_pages_free(page, 0);
	arch_irq_on();
}

/* A timer that is still armed never fires. */
static void empty(struct timers *t)
{
	for (uint32_t i = ROOT; i < ROOT + t->n + t->arrived; i++)
		at(t, i)->node->place = TIMER_OUT;
	for (uint32_t i = t->pages; i--;) {
		free_page(t->root[i / POINTERS][i % POINTERS]);
		if (i % POINTERS == 0)
			free_page(t->root[i / POINTERS]);
	}
}

static __attribute__((cold)) noinline void refuse(struct g *g)
{
	if (g_bubble(g))
		panic("go_bubble in bubble %u: a bubble holds no other one", g_bubble(g)->number);
	panic("go_bubble in an interrupt handler, after go_preempt_off or under a spin_lock: it "
	      "waits");
}

/* Context: goroutine; may park. */
void go_bubble(void (*f)(void *), void *arg)
{
	struct g *g = arch_self();
	struct bubble *b;

	if (g->preempt_off & ~BARE)
		return refuse(g);
	b = make();
	g->top->bubble = b;
	__asm__ volatile("" ::: "memory"); /* an interrupt between the two looks for leaks */
	g->preempt_off |= BUBBLED;
	g_start_call(f, arg, (uintptr_t)__builtin_return_address(0));
	bubble_keep(b);
	race_acquire(b);
	race_forget(b, sizeof(*b));
	g->preempt_off &= (uint8_t)~BUBBLED;
	g->top->bubble = 0;
	empty(&b->timers);
	mem_free(b, sizeof(*b));
}

/* Context: goroutine of a bubble; may park. */
void go_bubble_wait(void)
{
	struct g *g = arch_self();
	struct bubble *b = g_bubble(g);

	assert_that(b, "go_bubble_wait outside a bubble: call it in a goroutine of go_bubble");
	assert_that(cas_relaxed(&b->waiter, (struct g *)0, g),
	            "go_bubble_wait: another goroutine of bubble %u is in it already", b->number);
	arch_touch_stack();
	arch_irq_off();
	park(G_BUBBLE, b, commit_wait, 0);
	arch_irq_on();
	race_acquire(b);
}

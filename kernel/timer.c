/* Timers: a 4-ary heap a core, in an array of pages that grows in O(1).
 *
 * A heap belongs to a core: timer_start puts a node into the heap of the core it runs on, and only that core expires it.
 * Any core may cancel. An array and not a pairing heap, whose worst delete is linear: with a million timers a delete
 * moves ten entries, and interrupts are masked meanwhile.
 *
 * A timeout claims its goroutine under the heap's lock, and the sleeper cancels under the same lock before it returns:
 * so no stale claim reaches the goroutine's next wait.
 *
 * Orders
 *   T1 release  n in take_out  -> S6   who sees the timer gone sees that its core is awake (sched.c) */
#include "timer.h"
#include "clock.h"
#include "core.h"
#include "mem.h"
#include "panic.h"
#include "sched.h"
#include "skein.h"

#define ENTRIES (PAGE_SIZE / sizeof(struct timer_entry))    /* in a page */
#define POINTERS (PAGE_SIZE / sizeof(struct timer_entry *)) /* in a page of pointers */

static inline struct timer_entry *at(struct timers *t, uint32_t i)
{
	return &t->root[i / (ENTRIES * POINTERS)][i / ENTRIES % POINTERS][i % ENTRIES];
}

static inline void put(struct timers *t, uint32_t i, struct timer_entry e)
{
	*at(t, i) = e;
	e.node->place = i;
}

/* Makes room for one page of entries more; false: out of memory. */
static bool grow(struct timers *t)
{
	struct timer_entry ***pointers = &t->root[t->pages / POINTERS];

	if (t->pages / POINTERS >= sizeof(t->root) / sizeof(t->root[0]))
		return false;
	if (t->pages % POINTERS == 0 && !(*pointers = mem_pages(PAGE_SIZE)))
		return false;
	if (!((*pointers)[t->pages % POINTERS] = mem_pages(PAGE_SIZE)))
		return false;
	t->pages++;
	return true;
}

/* Context: boot. The first page is there from the start, so that few timers never fail. */
void timer_init(struct timers *t)
{
	assert_that(grow(t), "timer: no memory for a heap: the image leaves no RAM, see make MEM=");
}

static void up(struct timers *t, uint32_t i, struct timer_entry e)
{
	for (uint32_t parent; i > 0; i = parent) {
		parent = (i - 1) / 4;
		if (at(t, parent)->when <= e.when)
			break;
		put(t, i, *at(t, parent));
	}
	put(t, i, e);
}

static uint32_t earliest_child(struct timers *t, uint32_t i)
{
	uint32_t best = 4 * i + 1;

	for (uint32_t child = best + 1; child <= 4 * i + 4 && child < t->n; child++)
		if (at(t, child)->when < at(t, best)->when)
			best = child;
	return best;
}

static void down(struct timers *t, uint32_t i, struct timer_entry e)
{
	for (uint32_t child; 4 * i + 1 < t->n; i = child) {
		child = earliest_child(t, i);
		if (at(t, child)->when >= e.when)
			break;
		put(t, i, *at(t, child));
	}
	put(t, i, e);
}

static void take_out(struct timers *t, struct timer_node *node)
{
	uint32_t i = node->place;
	struct timer_entry last = *at(t, t->n - 1);

	store_release(&t->n, t->n - 1); /* T1 */
	node->place = TIMER_OUT;
	if (last.node == node)
		return;
	if (i > 0 && at(t, (i - 1) / 4)->when > last.when)
		up(t, i, last);
	else
		down(t, i, last);
}

/* Context: goroutine, masked; under one CHAN or SYNC at most. */
void timer_start(struct timer_node *node, struct g *g, uint64_t when)
{
	struct core *core = arch_core();
	struct timers *t = &core->timers;

	node->g = g;
	node->when = when;
	node->core = core->index;
	lock(&t->lock, RANK_TIMER);
	if (t->n == t->pages * ENTRIES && !grow(t))
		panic("timer: out of memory with %u timers on core %u: let fewer goroutines sleep at once, "
		      "or give the board more RAM (MEM=)",
		      t->n, core->index);
	store_relaxed(&t->n, t->n + 1);
	up(t, t->n - 1, (struct timer_entry){when, node});
	unlock(&t->lock);
	if (when < core->alarm)
		sched_alarm_at(core, when);
}

/* Context: goroutine or core stack, masked. */
void timer_cancel(struct timer_node *node)
{
	struct timers *t = &cores[node->core].timers;

	lock(&t->lock, RANK_TIMER);
	if (node->place != TIMER_OUT)
		take_out(t, node);
	unlock(&t->lock);
}

/* Context: core stack, its own heap. */
bool timer_run(struct core *core, uint64_t now)
{
	struct timers *t = &core->timers;
	unsigned left = CONFIG_TIMER_BATCH;

	lock(&t->lock, RANK_TIMER);
	for (; t->n && at(t, 0)->when <= now && left; left--) {
		struct timer_node *node = at(t, 0)->node;
		struct g *g = node->g;

		take_out(t, node);
		if (cas_relaxed(&g->claim, CLAIM_OPEN, CLAIM_TAKEN)) {
			g->result = RESULT_TIMEOUT;
			ready(g);
		}
	}
	unlock(&t->lock);
	return left == 0;
}

/* Context: masked. */
uint64_t timer_next(struct timers *t)
{
	uint64_t when = UINT64_MAX;

	if (load_relaxed(&t->n) == 0)
		return when;
	lock(&t->lock, RANK_TIMER);
	if (t->n)
		when = at(t, 0)->when;
	unlock(&t->lock);
	return when;
}

/* Context: any. */
go_time go_now(void)
{
	return clock_ns(board_clock() - clock_rate.origin);
}

static void commit_sleep(void *arg)
{
	(void)arg; /* the timer is this core's: it cannot have fired while we were masked */
	schedule();
}

/* Context: goroutine; may park. */
void go_sleep(go_time t)
{
	struct g *g = arch_self();
	struct timer_node timer;
	unsigned long was;

	if (t <= 0)
		return;
	arch_touch_stack();
	was = arch_irq_off();
	store_relaxed(&g->claim, CLAIM_OPEN);
	timer_start(&timer, g, t == GO_FOREVER ? UINT64_MAX - 1 : board_clock() + clock_ticks(t));
	park(G_SLEEP, 0, commit_sleep, 0);
	timer_cancel(&timer);
	arch_irq_restore(was);
}

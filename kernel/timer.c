/* Timers: a 4-ary heap a core, in an array of pages that grows in O(1).
 *
 * A heap belongs to a core: timer_start puts a node into the heap of the core it runs on, and only
 * that core expires it. Any core may cancel. An array and not a pairing heap, whose worst delete is
 * linear: with a million timers a delete moves ten entries, and interrupts are masked meanwhile.
 * For the same reason an interrupt expires one timer; the next interrupt follows at once.
 *
 * A timeout claims its goroutine under the heap's lock, and the sleeper cancels under the same lock
 * before it returns: so no stale claim reaches the goroutine's next wait.
 *
 * `first` is the owner's: no timer of its heap is due earlier. A cancel leaves it, so a core may
 * wake for nothing, once.
 *
 * Orders
 *   T1 release  n in take_out  -> S7   who sees the timer gone sees that its core is awake
 *                                      (search.c) */
#include "timer.h"
#include "clock.h"
#include "core.h"
#include "mem.h"
#include "panic.h"
#include "sched.h"
#include "skein.h"

#define ENTRIES (PAGE_SIZE / sizeof(struct timer_entry))    /* in a page */
#define POINTERS (PAGE_SIZE / sizeof(struct timer_entry *)) /* in a page of pointers */

/* The first entry stands here, so that the four children of one begin at a multiple of four:
 * they lie in one page. */
enum { ROOT = 3 };

static inline uint32_t parent_of(uint32_t i)
{
	return i / 4 + 2;
}

static inline uint32_t first_child_of(uint32_t i)
{
	return 4 * (i - 2);
}

static inline struct timer_entry *at(struct timers *t, uint32_t i)
{
	return &t->root[i / (ENTRIES * POINTERS)][i / ENTRIES % POINTERS][i % ENTRIES];
}

static inline void put(struct timer_entry *hole, uint32_t i, struct timer_entry e)
{
	*hole = e;
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
	t->first = UINT64_MAX;
	assert_that(grow(t), "timer: no memory for a heap: the image leaves no RAM, see make MEM=");
}

/* The hole at i moves towards the first until e fits in. */
static __attribute__((always_inline)) inline void up(struct timers *t, uint32_t i,
                                                     struct timer_entry e)
{
	struct timer_entry *hole = at(t, i), *parent;

	for (; i > ROOT; i = parent_of(i), hole = parent) {
		parent = at(t, parent_of(i));
		if (parent->when <= e.when)
			break;
		put(hole, i, *parent);
	}
	put(hole, i, e);
}

static inline struct timer_entry *earlier(struct timer_entry *a, struct timer_entry *b)
{
	return b->when < a->when ? b : a;
}

/* Of the first four of n. */
static inline struct timer_entry *earliest(struct timer_entry *e, uint32_t n)
{
	if (likely(n >= 4))
		return earlier(earlier(e, e + 1), earlier(e + 2, e + 3));
	return n == 1 ? e : n == 2 ? earlier(e, e + 1) : earlier(earlier(e, e + 1), e + 2);
}

/* Away from it. */
static void down(struct timers *t, uint32_t i, struct timer_entry e)
{
	uint32_t end = ROOT + t->n, first;
	struct timer_entry *hole = at(t, i);

	while ((first = first_child_of(i)) < end) {
		struct timer_entry *child = at(t, first), *best = earliest(child, end - first);

		if (best->when >= e.when)
			break;
		put(hole, i, *best);
		hole = best;
		i = first + (best - child);
	}
	put(hole, i, e);
}

/* The last one, which n no longer counts, goes where another one was taken out. */
static noinline void fill(struct timers *t, uint32_t i)
{
	struct timer_entry last = *at(t, ROOT + t->n);

	if (i == ROOT + t->n)
		return;
	if (i > ROOT && at(t, parent_of(i))->when > last.when)
		up(t, i, last);
	else
		down(t, i, last);
}

/* Its place, which is to be filled. */
static inline uint32_t take_out(struct timers *t, struct timer_node *node)
{
	uint32_t i = node->place;

	store_release(&t->n, t->n - 1); /* T1 */
	node->place = TIMER_OUT;
	return i;
}

static leaf noinline void insert(struct core *core, struct timer_node *node, uint64_t when)
{
	struct timers *t = &core->timers;

	store_relaxed(&t->n, t->n + 1);
	up(t, ROOT + t->n - 1, (struct timer_entry){when, node});
	unlock(&t->lock);
	if (when >= t->first)
		return;
	t->first = when;
	if (when < core->alarm)
		sched_alarm_at(core, when);
}

static noinline void start_slowly(struct core *core, struct timer_node *node)
{
	struct timers *t = &core->timers;

	lock(&t->lock, RANK_TIMER);
	assert_that(ROOT + t->n < t->pages * ENTRIES || grow(t),
	            "timer: out of memory with %u timers on core %u: let fewer goroutines sleep at "
	            "once, or give the board more RAM (MEM=)",
	            t->n, core->index);
	insert(core, node, node->when);
}

/* Context: core stack; under one CHAN or SYNC at most. */
leaf void timer_start(struct timer_node *node, struct g *g, uint64_t when)
{
	struct core *core = arch_core();
	struct timers *t = &core->timers;

	g->spent = 2 * g->since - core->slice_start;
	node->g = g;
	node->when = when;
	node->core = core->index;
	if (CONFIG_CHECK || unlikely(ROOT + load_relaxed(&t->n) == t->pages * ENTRIES) ||
	    unlikely(!lock_try(&t->lock)))
		return start_slowly(core, node);
	insert(core, node, when);
}

static void cancel(void *arg)
{
	struct timer_node *node = arg;
	struct timers *t = &cores[node->core].timers;

	lock(&t->lock, RANK_TIMER);
	if (node->place != TIMER_OUT)
		fill(t, take_out(t, node));
	unlock(&t->lock);
}

/* On the core stack, which nobody uses meanwhile: a heap takes more than a small stack has.
 * Context: goroutine, masked. */
void timer_cancel(struct timer_node *node)
{
	struct core *core = arch_core();

	arch_call_on((uintptr_t)core_stacks[core->index], core->arch.stack_top, cancel, node);
}

/* The alarm is set for the first timer, for the end of the slice at the latest; when that is not far,
 * kernel_interrupt ends the slice and sets it anew. */
static inline void end_tick(struct core *core, uint64_t now)
{
	struct timers *t = &core->timers;
	uint64_t first = t->n ? at(t, ROOT)->when : UINT64_MAX;
	uint64_t used = now - core->slice_start, end = core->slice_start + core->slice;

	t->first = first;
	unlock(&t->lock);
	sched_alarm_at(core, used < core->enough && end < first ? end : first);
}

static noinline void fill_and_end_tick(struct core *core, uint64_t now)
{
	fill(&core->timers, ROOT);
	end_tick(core, now);
}

/* One that is due. One at a time: what bounds the masked stretch, also with a million of them. */
static inline void expire(struct core *core, uint64_t now)
{
	struct timers *t = &core->timers;
	struct timer_entry *first = at(t, ROOT);
	struct timer_node *node = first->node;
	struct g *g;

	if (unlikely(t->n == 0) || unlikely(first->when > now))
		return end_tick(core, now);
	g = node->g;
	take_out(t, node);
	if (likely(cas_relaxed(&g->claim, CLAIM_OPEN, CLAIM_TAKEN))) {
		g->result = RESULT_TIMEOUT;
		g->why = G_RUNNABLE;
		sched_woken(core, g);
	}
	if (t->n)
		return fill_and_end_tick(core, now);
	end_tick(core, now);
}

static noinline void wait_and_expire(struct core *core, uint64_t now)
{
	lock(&core->timers.lock, RANK_TIMER);
	expire(core, now);
}

/* The alarm rang.
 * Context: core stack, from board_interrupt. */
leaf void kernel_tick(void)
{
	struct core *core = arch_core();
	uint64_t now = arch_cycles();

	if (CONFIG_CHECK || unlikely(!lock_try(&core->timers.lock)))
		return wait_and_expire(core, now);
	expire(core, now);
}

/* Context: any. */
go_time go_now(void)
{
	return clock_ns(board_clock() - clock_rate.origin);
}

/* A sleep that is over already needs no timer when nobody waits in the next slot or the ring. The
 * sleeper goes on with its slice, at whose end the goroutines of the other queues get their turn. */
static leaf void commit_sleep(void *arg)
{
	struct core *core = arch_core();
	struct timer_node *node = arg;
	struct g *g = core->g;

	if (node->when > arch_cycles() || core->slow || core->picks == 1 ||
	    load_relaxed(&core->next) || !runq_looks_empty(&core->runq)) {
		store_relaxed(&g->claim, CLAIM_OPEN);
		timer_start(node, g, node->when);
		return schedule();
	}
	core->picks--;
	g->why = G_RUNNABLE;
	run(core, g);
}

/* Only the timer wakes it, which has left the heap then. It starts on the core stack: it cannot
 * fire before the goroutine's is left.
 * Context: goroutine; may park. */
void go_sleep(go_time t)
{
	struct timer_node timer;

	if (t <= 0)
		return;
	arch_touch_stack();
	arch_irq_off();
	timer.when = t == GO_FOREVER ? UINT64_MAX - 1 : board_clock() + clock_ticks(t);
	park(G_SLEEP, 0, commit_sleep, &timer);
	arch_irq_on();
}

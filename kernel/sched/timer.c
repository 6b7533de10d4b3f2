/* Timers: each core has a heap of them (heap.h).
 *
 * timer_start puts a node into the heap of the core that it runs on. Only that core expires the
 * timer; any core may cancel it. Interrupts are masked while a heap changes, so a change must be
 * short: with a million timers a delete moves ten entries. For the same reason an interrupt expires
 * one timer only; the next interrupt follows at once.
 *
 * A timeout claims its goroutine under the heap's lock. A goroutine that waits with a limit cancels
 * its timer under the same lock before the wait returns, so no stale claim reaches its next wait. A
 * sleeper (go_sleep) has nothing to cancel: only its timer wakes it.
 *
 * A timer may call a function instead. The function is called without the lock, so it may take
 * other locks and start timers. While it runs `firing` holds the timer's node, and a cancel from
 * another core waits until `firing` has changed.
 *
 * No timer of the heap is due before `first`, or the core's timers rest until then (timer_rest).
 * Only the owning core writes `first`, and a cancel leaves it as it is. So a core may be interrupted
 * once for a timer that has been cancelled.
 *
 * Orders
 *   T2 release  firing in call -> T3   what the function did is over
 *   T3 acquire  firing in cancel <- T2, <- B3 */
#include "sched/timer.h"
#include "base/clock.h"
#include "base/panic.h"
#include "memory/mem.h"
#include "sched/above.h"
#include "sched/core.h"
#include "sched/heap.h"
#include "sched/irq.h"
#include "sched/pick.h"
#include "sched/preempt.h"
#include "sched/sched.h"
#include "sched/slice.h"
#include "skein.h"

enum { REST_NS = 1000000 };

/* Context: boot. The first page is there from the start, so that few timers never fail. */
void timer_init(struct timers *t)
{
	t->first = UINT64_MAX;
	assert_that(grow(t), "timer: no memory for a heap: the image leaves no RAM, see make MEM=");
}

/* Context: masked, during a pause. */
struct timer_node *timer_at(struct timers *t, unsigned i)
{
	return at(t, ROOT + i)->node;
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
		alarm_at(core, when);
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

static inline void start(struct core *core, struct timer_node *node, uint64_t when)
{
	struct timers *t = &core->timers;

	node->when = when;
	if (CONFIG_CHECK || unlikely(ROOT + load_relaxed(&t->n) == t->pages * ENTRIES) ||
	    unlikely(!lock_try(&t->lock)))
		return start_slowly(core, node);
	insert(core, node, when);
}

/* Context: core stack; under one CHAN or SYNC at most. */
leaf void timer_start(struct timer_node *node, struct g *g, uint64_t when)
{
	struct core *core = arch_core();

	g->spent = 2 * g->since - core->slice_start;
	node->g = g;
	store_relaxed(&node->how, (uint8_t)0);
	node->core = core->index;
	start(core, node, when);
}

/* Context: any, masked. */
void timer_call(struct timer_node *node, void (*due)(struct timer_node *), uint64_t when)
{
	struct core *core = arch_core();

	node->due = due;
	store_relaxed(&node->how, (uint8_t)TIMER_CALLS);
	if (node->core != core->index) /* else a cancel may be reading it */
		node->core = core->index;
	start(core, node, when);
}

static inline void take_sorted(struct timers *t, struct timer_node *node)
{
	fill(t, take_out(t, node));
}

/* While the node's function runs it may start the node again: so all is done again after that.
 * True: the node was in the heap. */
static inline __attribute__((always_inline)) bool
withdraw(struct timers *t, struct timer_node *node,
         void (*take)(struct timers *, struct timer_node *))
{
	bool was_in = false, fires;

	__asm__("" : "+r"(t)); /* opaque, or gcc computes the address of each field from the core */
	do {
		lock(&t->lock, RANK_TIMER);
		if (node->place != TIMER_OUT) {
			take(t, node);
			was_in = true;
		}
		fires = load_acquire(&t->firing) == node; /* T3 */
		unlock(&t->lock);
		if (unlikely(fires)) {
			if (panic_begun())
				panic_stop();
			arch_relax();
		}
	} while (fires);
	return was_in;
}

/* Context: core stack. */
bool timer_withdraw_from(struct timers *t, struct timer_node *node)
{
	return withdraw(t, node, take_any);
}

static void cancel(void *arg)
{
	struct timer_node *node = arg;

	withdraw(&cores[node->core].timers, node, take_sorted);
}

/* The same, with an answer. */
struct withdrawal {
	struct timer_node *node;
	struct timers *bubble; /* the heap of its bubble, or null */
	bool was_in;
};

static void withdraw_and_tell(void *arg)
{
	struct withdrawal *w = arg;

	w->was_in = unlikely(w->bubble)
	                ? timer_withdraw_from(w->bubble, w->node)
	                : withdraw(&cores[w->node->core].timers, w->node, take_sorted);
}

/* Cancels on the core stack, which nobody uses meanwhile: a heap needs more than a small stack has.
 * Context: goroutine, masked. */
void timer_cancel(struct timer_node *node)
{
	struct core *core = arch_core();

	arch_call_on((uintptr_t)core_stacks[core->index], core->arch.stack_top, cancel, node);
}

/* Context: goroutine, masked. */
bool timer_withdraw(struct timer_node *node)
{
	struct core *core = arch_core();
	struct withdrawal w = {node, 0, false};

	if (unlikely(load_relaxed(&node->how) & TIMER_BUBBLED))
		w.bubble = bubble_timers(node);
	arch_call_on((uintptr_t)core_stacks[core->index], core->arch.stack_top, withdraw_and_tell,
	             &w);
	return w.was_in;
}

/* The entry keeps its old time and its place in the heap. When the old time has come, call() moves
 * it to the place of the new time.
 * Context: goroutine, masked. */
leaf enum timer_state timer_put_off(struct timer_node *node, uint64_t when)
{
	struct timers *t = &cores[node->core].timers;
	enum timer_state state = TIMER_STANDS;

	__asm__("" : "+r"(t)); /* opaque, or gcc computes it twice */
	if (unlikely(!lock_try(&t->lock)))
		return state;
	if (CONFIG_CHECK)
		lock_checked(&t->lock, RANK_TIMER);
	if (likely(node->place != TIMER_OUT)) {
		if (likely(when >= node->when)) {
			node->when = when;
			state = TIMER_PUT_OFF;
		}
	} else if (load_acquire(&t->firing) != node) { /* T3 */
		state = TIMER_GONE;
	}
	unlock(&t->lock);
	return state;
}

/* A ticker that is late by more than a period is a sign that the timers of this core take all of its
 * time: then one interrupt follows the other, and no goroutine gets an instruction. So the timers
 * rest, and goroutines have half of the time or more. A rest is four times as long as the way from
 * the end of the last one to here, because of the way into and out of the interrupts only a part is
 * measured. A rest is not longer than the ticker is late, nor than REST_NS: a core that was held up
 * once soon goes on.
 * Context: core stack. */
void timer_rest(uint64_t late)
{
	struct timers *t = &arch_core()->timers;
	uint64_t now = arch_cycles(), most = clock_ticks(REST_NS), rest = 4 * (now - t->rested);

	if (rest > late)
		rest = late;
	if (rest > most)
		rest = most;
	t->rested = now + rest;
	if (t->first < t->rested)
		t->first = t->rested;
}

/* Sets the alarm for the first timer, or for the end of the slice if that comes earlier. When the
 * slice is nearly over, kernel_interrupt ends the slice now and sets the alarm anew. */
static inline void set_alarm(struct core *core, uint64_t now, uint64_t first)
{
	uint64_t used = now - core->slice_start, end = core->slice_start + core->slice;

	alarm_at(core, used < core->enough && end < first ? end : first);
}

static inline void end_tick(struct core *core, uint64_t now)
{
	struct timers *t = &core->timers;
	uint64_t first = t->n ? at(t, ROOT)->when : UINT64_MAX;

	t->first = first;
	unlock(&t->lock);
	set_alarm(core, now, first);
}

/* Expires a due timer that calls a function; entered with the lock, which it lets go. The function
 * may start timers, so the alarm is set after the call. */
static noinline void call(struct core *core, struct timer_node *node, uint64_t now)
{
	struct timers *t = &core->timers;

	if (unlikely(node->when > now)) { /* it was put off */
		down(t, ROOT, (struct timer_entry){node->when, node});
		return end_tick(core, now);
	}
	take_out(t, node);
	if (t->n)
		fill(t, ROOT);
	t->first = t->n ? at(t, ROOT)->when : UINT64_MAX;
	store_relaxed(&t->firing, node);
	unlock(&t->lock);
	handling_begin(core);
	node->due(node);
	handling_end(core);
	store_release(&t->firing, (struct timer_node *)0); /* T2 */
	set_alarm(core, now, t->first);
}

static noinline void fill_and_end_tick(struct core *core, uint64_t now)
{
	fill(&core->timers, ROOT);
	end_tick(core, now);
}

/* Expires the first timer, if it is due. One at a time: so the masked stretch is short even with a
 * million timers. */
static inline void expire(struct core *core, uint64_t now)
{
	struct timers *t = &core->timers;
	struct timer_entry *first = at(t, ROOT);
	struct timer_node *node = first->node;
	struct g *g;

	if (unlikely(t->n == 0) || unlikely(first->when > now))
		return end_tick(core, now);
	if (unlikely(load_relaxed(&node->how)))
		return call(core, node, now);
	g = node->g;
	take_out(t, node);
	if (likely(cas_relaxed(&g->claim, CLAIM_OPEN, CLAIM_TAKEN))) {
		g->result = RESULT_TIMEOUT;
		g->why = G_RUNNABLE;
		woken_by_interrupt(core, g);
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
	if (unlikely(arch_self()->preempt_off & BUBBLED))
		return bubble_now();
	return clock_ns(board_clock() - clock_rate.origin);
}

/* A sleep that is over already needs no timer, if the sleeper may go on. */
static leaf void commit_sleep(void *arg)
{
	struct core *core = arch_core();
	struct timer_node *node = arg;
	struct g *g = core->g;

	if (node->when > arch_cycles() || !pick_again(core)) {
		store_relaxed(&g->claim, CLAIM_OPEN);
		timer_start(node, g, node->when);
		return schedule();
	}
	g->why = G_RUNNABLE;
	run(core, g);
}

static noinline void sleep_bubbled(go_time t, struct timer_node *timer)
{
	bubble_sleep(t, timer);
	arch_irq_on();
}

static noinline void sleep_aside(go_time t, struct timer_node *timer)
{
	struct g *g = arch_self();

	if (g_off_depth(g))
		park_refused(G_SLEEP);
	bounds_check(g);
	if (g_bubble(g))
		return sleep_bubbled(t, timer);
	park_plain(g, G_SLEEP, 0, commit_sleep, timer);
	arch_irq_on();
}

/* Only the timer wakes the sleeper, and has left the heap by then. The timer starts on the core
 * stack, so it cannot fire before the sleeper has left its own stack.
 * Context: goroutine; may park. */
void go_sleep(go_time t)
{
	struct timer_node timer;
	struct g *g;

	if (t <= 0)
		return;
	arch_touch_stack();
	arch_irq_off();
	timer.when = t == GO_FOREVER ? UINT64_MAX - 1 : board_clock() + clock_ticks(t);
	g = arch_self();
	if (unlikely(leaves_aside(g)))
		return sleep_aside(t, &timer);
	park_plain(g, G_SLEEP, 0, commit_sleep, &timer);
	arch_irq_on();
}

/* Context: any. */
uint64_t deadline(go_time limit)
{
	if (unlikely(arch_self()->preempt_off & BUBBLED))
		return bubble_deadline(limit);
	return limit == GO_FOREVER ? NEVER : board_clock() + clock_ticks(limit);
}

struct until {
	struct timer_node timer;
	void (*commit)(void *);
	void *arg;
};

static void commit_until(void *arg)
{
	struct until *until = arg;

	timer_start(&until->timer, arch_self(), until->timer.when);
	until->commit(until->arg);
}

/* Context: goroutine, masked, under the lock that commit lets go; may park. */
void park_plain_until(enum why why, const void *object, void (*commit)(void *), void *arg,
                      uint64_t end)
{
	struct until until;

	if (end == NEVER)
		return park_plain(arch_self(), why, object, commit, arg);
	until.timer.when = end;
	until.commit = commit;
	until.arg = arg;
	park_plain(arch_self(), why, object, commit_until, &until);
	arch_irq_on(); /* masked for long enough */
	arch_irq_off();
	timer_cancel(&until.timer);
}

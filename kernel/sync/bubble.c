/* Bubbles: goroutines with a clock of their own, as Go's package testing/synctest has them.
 *
 * A goroutine of a bubble has BUBBLED in g->preempt_off, and g->top->bubble. What it makes is of
 * the bubble too: goroutines (go.c), channels (CHAN_BUBBLE_BIT), timers (the bubble's heap). The
 * goroutine that called go_bubble is of the bubble meanwhile: it is the keeper, who moves the
 * clock.
 *
 * The clock may move when nobody of the bubble runs and nothing outside can change that. So a wait
 * is counted if only goroutines of the bubble and its timers can end it. (Go calls such a goroutine
 * durably blocked.) `running` is the number of goroutines of the bubble, the keeper among them,
 * that are in no counted wait. Whoever brings it to 0 readies the keeper, which then does the
 * first of these that applies:
 *   1 All goroutines that were made in the bubble have ended: go_bubble returns.
 *   2 Timers are due: the keeper expires them.
 *   3 A goroutine is in go_bubble_wait: the keeper wakes it.
 *   4 There is a timer: the clock jumps to the first one.
 *   5 The bubble is in a deadlock, and the keeper panics.
 *
 * The protocol. A goroutine that begins a counted wait takes itself off `running` on the core
 * stack, when its context is saved and its timer stands in the heap. A goroutine that ends the
 * wait of another one adds it to `running` before it readies it, and is itself in `running` then.
 * So `running` does not become 0 while a goroutine of the bubble runs or has been readied. And
 * when it is 0 nobody is left who could add to it, but for the one who brought it to 0, which
 * readies the keeper, and so adds it. Thus the keeper is readied once for each time, and what it
 * does while `running` is 1 it does alone. A wake from outside would break this: bubble_wakes
 * refuses it. A goroutine in a wait that is not counted stays in `running`, as if it ran.
 *
 * A timer may expire between the moment at which its goroutine takes itself off `running` and the
 * moment at which that goroutine's core has let the lock of the wait go. The woken goroutine then
 * waits for that lock. Only a select is not OPEN by then, but BUSY: the keeper waits for it.
 *
 * Interrupts are masked for a bounded time, however many timers there are: a timer arrives behind
 * the heap (sched/heap.h), and the keeper puts what has arrived into the heap, one timer at a time,
 * before it looks at the first.
 *
 * The functions of timers run masked, as in an interrupt, but as the keeper, which is of the
 * bubble: so what they make is of the bubble too.
 *
 * Other goroutines pay little for this. Most places where a goroutine of a bubble takes another way
 * had a test for a rare case already, and the bubble is one more such case: park, go_yield,
 * go_sleep and g_end ask whether the goroutine may wait, ready asks whether it waits (g->why is
 * below 0 in a counted wait), and channels ask whether the channel is closed (CHAN_ASIDE_BIT). Only
 * go, chan_make, go_now and waits with a limit have a test of their own.
 *
 * Rejected: a list of the bubble's goroutines that is looked through to see whether all wait.
 * Without a count in each wait nobody knows when to look, and a look is not one moment. Rejected
 * too: to keep all goroutines of a bubble on one core. A test in a bubble would not find a race.
 *
 * Orders
 *   B1 acq_rel  running in rests  <-> B1, -> B2   all that a goroutine did before it rests is
 *                                                 visible to the last one, which readies the
 *                                                 keeper, and to the keeper
 *   B2 acquire  running in await_rest <- B1   the keeper sees all that was done before
 *   B3 release  firing in expire  -> T3   what the timer's function did is over */
#include "sync/bubble.h"
#include "base/panic.h"
#include "base/race.h"
#include "sched/heap.h"

/* The count. */

/* True: nobody else runs, and the caller readies the keeper. Unless it does so, the bubble may be
 * gone when this returns. */
static inline bool rests(struct bubble *b)
{
	return fetch_add_acq_rel(&b->running, -1u) == 1; /* B1 */
}

static inline void runs(struct bubble *b, struct g *g)
{
	fetch_add_relaxed(&b->running, 1);
	g->why &= ~G_COUNTED;
}

static void wake_keeper(struct bubble *b)
{
	runs(b, b->keeper);
	ready(b->keeper, arch_irq_off());
}

/* Context: any, masked. */
void bubble_wakes(struct g *g)
{
	struct bubble *b = g->top->bubble;

	assert_that(g_bubble(arch_self()) == b,
	            "goroutine %u of bubble %u waits (%s), and goroutine %u, which is not of that "
	            "bubble, wakes it: make what it waits for outside, or both in the bubble",
	            g->id, b->number, why_name[g_why(g)], arch_self()->id);
	runs(b, g);
}

/* Context: any, masked. */
void bubble_joins(struct g *g)
{
	struct bubble *b = g_bubble(arch_self());

	g->top->bubble = b;
	g->preempt_off |= BUBBLED;
	fetch_add_relaxed(&b->living, 1);
	fetch_add_relaxed(&b->running, 1);
}

/* Context: core stack. */
void bubble_left(struct bubble *b)
{
	fetch_add_relaxed(&b->living, -1u);
	if (rests(b))
		wake_keeper(b);
}

/* Waiting. */

/* What a core is about to commit: from leave to commit_leave, both masked on that core. It lies
 * here because a small stack has no room for it. */
static struct leaving {
	void (*commit)(void *);
	void *arg;
	struct timer_node *timer; /* null without a limit */
} leaving[CONFIG_CORES];

static void insert(struct bubble *b, struct timer_node *node, enum timer_how how, uint64_t when)
{
	struct timers *t = &b->timers;

	if (!(load_relaxed(&node->how) & TIMER_BUBBLED)) /* else a cancel may be reading it */
		node->core = 0; /* for a look from outside, which must find some heap */
	store_relaxed(&node->how, (uint8_t)(how | TIMER_BUBBLED));
	node->when = NEVER; /* timer_put_off leaves it alone then */
	lock(&t->lock, RANK_TIMER);
	assert_that(ROOT + t->n + t->arrived < t->pages * ENTRIES || grow(t),
	            "timer: out of memory with %u timers in a bubble: let fewer goroutines sleep "
	            "at once, or give the board more RAM (MEM=)",
	            t->n);
	arrive(t, (struct timer_entry){when, node});
	unlock(&t->lock);
}

/* The goroutine may be woken, and its stack be used for something else, before this returns. */
static void commit_leave(void *arg)
{
	struct leaving l = *(struct leaving *)arg;
	struct g *g = arch_self();
	struct bubble *b = g->top->bubble;
	bool counted = g->why < 0;

	if (l.timer)
		insert(b, l.timer, 0, l.timer->when);
	if (counted && rests(b))
		wake_keeper(b);
	l.commit(l.arg);
}

/* Parks; masked. */
static leaf noinline void leave(int why, void (*commit)(void *), void *arg, const void *object,
                                struct timer_node *timer)
{
	struct g *g = arch_self();
	struct leaving *l = &leaving[arch_core()->index];

	race_release(g->top->bubble);
	l->commit = commit;
	l->arg = arg;
	l->timer = timer;
	g->why = (int8_t)why;
	g->object = object;
	g->since = arch_cycles();
	g->spent = 0;
	arch_park(&g->context, commit_leave, l);
}

/* On the core stack, as in timer.c. */
static void cancel(void *node)
{
	timer_withdraw_from(&g_bubble(arch_self())->timers, node);
}

static inline void aim(struct timer_node *timer, uint64_t end)
{
	timer->when = end;
	timer->g = arch_self();
	store_relaxed(&timer->how, (uint8_t)0);
}

/* Parks until `end` at the latest; masked. */
static noinline void leave_until(int why, void (*commit)(void *), void *arg, const void *object,
                                 uint64_t end)
{
	struct timer_node timer;
	struct core *core;

	aim(&timer, end);
	leave(why, commit, arg, object, &timer);
	arch_irq_on(); /* masked for long enough */
	arch_irq_off();
	core = arch_core();
	arch_call_on((uintptr_t)core_stacks[core->index], core->arch.stack_top, cancel, &timer);
}

static bool owns(const struct bubble *b, const struct channel *c)
{
	return b && load_relaxed(&c->state) & CHAN_BUBBLE_BIT && c->bubble == b->number;
}

/* Nobody outside can end this wait, or must not. A mutex may be one that all goroutines share, such
 * as malloc's. */
static int counted(enum why why, const void *object)
{
	switch (why) {
	case G_SEND:
	case G_RECV:
		return owns(g_bubble(arch_self()), object) ? why | G_COUNTED : why;
	case G_MUTEX:
	case G_RLOCK:
	case G_RWLOCK:
		return why;
	default:
		return why | G_COUNTED;
	}
}

/* Context: goroutine, masked, under the lock that commit lets go; may park. */
void bubble_park(enum why why, void (*commit)(void *), void *arg, const void *object)
{
	leave(counted(why, object), commit, arg, object, 0);
}

/* Context: goroutine, masked, under the lock that commit lets go; may park. */
void bubble_park_until(enum why why, void (*commit)(void *), void *arg, const void *object,
                       uint64_t end)
{
	if (end == NEVER)
		return bubble_park(why, commit, arg, object);
	leave_until(counted(why, object), commit, arg, object, end);
}

/* Context: goroutine, before the select can be claimed. */
const struct channel *bubble_outside(const struct chan_case *cases, size_t n)
{
	const struct bubble *b = g_bubble(arch_self());

	for (const struct chan_case *w = cases; w < cases + n; w++)
		if (w->channel && !owns(b, w->channel))
			return w->channel;
	return 0;
}

/* Context: goroutine, masked, under CHAN; may park. */
void bubble_park_select(enum why why, void (*commit)(void *), struct channel *last, uint64_t end)
{
	int counted = arch_self()->object ? why : why | G_COUNTED;

	if (end == NEVER)
		return leave(counted, commit, last, last, 0);
	leave_until(counted, commit, last, last, end);
}

/* Channels. */

/* Context: goroutine. */
struct channel *bubble_adopts(struct channel *c)
{
	const struct bubble *b = g_bubble(arch_self());

	if (b) {
		c->bubble = b->number;
		store_relaxed(&c->state, c->state | CHAN_ASIDE_BIT | CHAN_BUBBLE_BIT);
	}
	return c;
}

/* Context: any. */
void panic_foreign_channel(const struct channel *c)
{
	panic("chan: channel %p was made in bubble %u, at %p, and is used outside: make it outside",
	      (const void *)c, c->bubble, (void *)c->site);
}

/* The clock. */

/* Context: goroutine of a bubble. */
go_time bubble_now(void)
{
	return arch_self()->top->bubble->now;
}

/* Context: goroutine of a bubble. */
uint64_t bubble_deadline(go_time limit)
{
	go_time now = bubble_now();

	if (limit <= 0)
		return now;
	return limit < GO_FOREVER - now ? (uint64_t)(now + limit) : NEVER;
}

/* Context: goroutine of a bubble, masked; may park. */
void bubble_sleep(go_time t, struct timer_node *timer)
{
	uint64_t end = bubble_deadline(t);

	aim(timer, end);
	store_relaxed(&arch_self()->claim, CLAIM_OPEN);
	leave(G_SLEEP | G_COUNTED, commit_wait, 0, 0, end == NEVER ? 0 : timer);
}

/* Context: goroutine of a bubble, masked. */
void bubble_call(struct timer_node *node, void (*due)(struct timer_node *), uint64_t when)
{
	node->due = due;
	insert(g_bubble(arch_self()), node, TIMER_CALLS, when);
}

/* Context: goroutine, masked. */
struct timers *bubble_timers(const struct timer_node *node)
{
	struct bubble *b = g_bubble(arch_self());
	struct timers *t = b ? &b->timers : &cores[0].timers;
	bool good;

	lock(&t->lock, RANK_TIMER);
	good = node->place == TIMER_OUT ||
	       (b && node->place < ROOT + t->n + t->arrived && at(t, node->place)->node == node);
	unlock(&t->lock);
	assert_that(good,
	            "timer %p was armed in a bubble, and is armed or stopped outside: do both in "
	            "the bubble",
	            (const void *)node);
	return t;
}

/* The keeper. */

struct expiry {
	struct bubble *bubble;
	struct timer_node *node; /* was due, and calls a function */
	struct g *g;             /* or: its limit has passed */
	bool more;               /* there may be another one */
};

/* Claims a goroutine whose limit has passed. Under the heap's lock, for the same reason as in
 * timer.c. */
static bool claim(struct g *g)
{
	while (load_relaxed(&g->claim) == CLAIM_BUSY)
		arch_relax();
	if (!cas_relaxed(&g->claim, CLAIM_OPEN, CLAIM_TAKEN))
		return false;
	g->result = RESULT_TIMEOUT;
	return true;
}

/* Puts one of those that have arrived into the heap. If there was none, takes the first timer out,
 * if it is due. On the core stack, as in timer.c. */
static void take_due(void *arg)
{
	struct expiry *expiry = arg;
	struct bubble *b = expiry->bubble;
	struct timers *t = &b->timers;
	struct timer_node *node;

	lock(&t->lock, RANK_TIMER);
	expiry->more = t->arrived || (t->n && at(t, ROOT)->when <= (uint64_t)b->now);
	if (t->arrived) {
		settle(t);
	} else if (expiry->more) {
		node = at(t, ROOT)->node;
		fill(t, take_out(t, node));
		if (load_relaxed(&node->how) & TIMER_CALLS)
			store_relaxed(&t->firing, expiry->node = node);
		else if (claim(node->g))
			expiry->g = node->g;
	}
	unlock(&t->lock);
}

/* Expires the first timer, if it is due. Its function runs masked, as in an interrupt. False: there
 * is no more to do at this moment. */
static noinline bool expire(struct bubble *b)
{
	struct expiry expiry = {b, 0, 0, false};
	struct core *core;

	arch_touch_stack();
	arch_irq_off();
	core = arch_core();
	arch_call_on((uintptr_t)core_stacks[core->index], core->arch.stack_top, take_due, &expiry);
	arch_irq_on(); /* masked for long enough; nobody else of the bubble runs */
	arch_irq_off();
	if (expiry.g)
		ready(expiry.g, arch_irq_off());
	if (expiry.node) {
		expiry.node->due(expiry.node);
		store_release(&b->timers.firing, (struct timer_node *)0); /* B3 */
	}
	arch_irq_on();
	return expiry.more;
}

static bool expire_all_due(struct bubble *b)
{
	bool any = false;

	while (expire(b))
		any = true;
	return any;
}

static bool wake_waiter(struct bubble *b)
{
	struct g *g = load_relaxed(&b->waiter);

	if (!g)
		return false;
	store_relaxed(&b->waiter, (struct g *)0);
	return ready(g, arch_irq_off());
}

/* Returns when no other goroutine of the bubble runs. */
static void await_rest(struct bubble *b)
{
	while (load_acquire(&b->running) > 1) { /* B2 */
		arch_touch_stack();
		arch_irq_off();
		park(G_BUBBLE, b, commit_wait, 0);
		arch_irq_on();
	}
}

/* The clock jumps to the first timer. */
static void advance(struct bubble *b)
{
	assert_that(b->timers.n,
	            "deadlock: all goroutines of bubble %u are asleep, and no timer of it runs",
	            b->number);
	b->now = (go_time)at(&b->timers, ROOT)->when;
}

/* Context: goroutine, the keeper; may park. */
void bubble_keep(struct bubble *b)
{
	for (;;) {
		await_rest(b);
		if (load_relaxed(&b->living) == 0)
			return;
		if (!expire_all_due(b) && !wake_waiter(b))
			advance(b);
	}
}

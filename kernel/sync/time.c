/* Timers and tickers: Go's package time, on the heaps of sched/timer.c.
 *
 * A timer's node starts in the heap of the core that arms it. When its moment comes, its function
 * (due_call, due_send or due_tick) runs on that core's core stack, as a handler does. due_call
 * starts a goroutine; the others try to send the time on the timer's channel, which has room for
 * one value. A value that nobody has received yet is all that can be stale: so a stop takes it
 * back.
 *
 * Invariants
 *   1 Who arms or stops a timer holds its lock (ALARM). The function that fires takes no such lock,
 *     so the holder may wait for it.
 *   2 Before a timer is armed anew, it is withdrawn from its heap, its function has returned, and the
 *     value that this function has sent is taken back, in that order. So no value and no call of
 *     before follows. A timer that fires once and still stands in its heap has sent nothing since it
 *     was armed: such a timer may be put off where it stands.
 *   3 A function that sends touches the timer for the last time when it lets the channel's lock go.
 *     A function that starts a call does so when it has read what to call. So the goroutine that
 *     receives the value, or that runs the call, may free the timer. A ticker's function starts the
 *     node again, so a ticker must be stopped before it is freed.
 *   4 A stop that finds the value still there says that it stopped the timer, as in Go, where such a
 *     channel has no buffer and nothing is sent before a receiver has come.
 *
 * A stop waits, masked, while the function runs on another core. A function that sends holds the
 * channel's lock most of that time, so a stop without this wait would wait for that lock instead. A
 * function that starts a call takes as long as a go.
 *
 * Rejected: a stop that does not wait, but makes a late value vanish by a generation in the
 * channel. Then the timer's memory would have to outlive its stop. */
#include "sync/time.h"
#include "base/clock.h"
#include "base/panic.h"
#include "base/race.h"
#include "memory/mem.h"
#include "sched/g.h"
#include "sync/bubble.h"
#include "sync/chan.h"
#include "sync/waiter.h"

static inline struct channel *channel_of(struct go_timer *t)
{
	return (struct channel *)(void *)t->room;
}

static inline struct go_timer *timer_of(struct channel *c)
{
	return (struct go_timer *)((char *)c - offsetof(struct go_timer, room));
}

/* What happens at the moment itself: on the core stack, in an interrupt. */

static void due_call(struct timer_node *node)
{
	struct go_timer_call call = ((struct go_timer *)node)->call;

	race_acquire(node);
	g_start_call(call.f, call.arg, call.site);
}

static void due_send(struct timer_node *node)
{
	go_time now = go_now();

	race_acquire(node);
	chan_try_send_from(channel_of((struct go_timer *)node), &now);
}

static struct ticker *ticker_of(struct timer_node *node)
{
	return (struct ticker *)((char *)node - offsetof(struct ticker, own));
}

static inline bool in_bubble(void)
{
	return arch_self()->preempt_off & BUBBLED;
}

static void due_tick(struct timer_node *);

static void tick_at(struct ticker *t, go_time next)
{
	if (unlikely(in_bubble()))
		bubble_call(&t->own.node, due_tick, next);
	else
		timer_call(&t->own.node, due_tick, clock_at(next));
}

/* The next tick is the first one that is not over. */
static void due_tick(struct timer_node *node)
{
	struct ticker *t = ticker_of(node);
	go_time late;

	due_send(node);
	t->next += t->step;
	late = go_now() - t->next;
	if (late >= 0)
		t->next += (late / t->step + 1) * t->step;
	tick_at(t, t->next);
	if (unlikely(late >= 0) && !in_bubble())
		timer_rest(clock_ticks(late + t->step));
}

/* Arming and stopping. */

static inline struct lock *lock_of(struct go_timer *t)
{
	return (struct lock *)&t->lock;
}

/* The calling goroutine is of no bubble, and holds no spin_lock. */
static inline unsigned long begin_plain(struct go_timer *t)
{
	unsigned long was;

	arch_touch_stack();
	was = arch_irq_off();
	lock(lock_of(t), RANK_ALARM);
	race_release(&t->node);
	return was;
}

static noinline void refuse_handler(void)
{
	assert_that(arch_self()->top,
	            "timer: armed or stopped in an interrupt handler: let a goroutine do it");
}

static inline unsigned long begin(struct go_timer *t)
{
	if (unlikely(arch_self()->preempt_off))
		refuse_handler();
	return begin_plain(t);
}

static inline bool end(struct go_timer *t, unsigned long was, bool armed)
{
	unlock(lock_of(t));
	arch_irq_restore(was);
	return armed;
}

/* Takes back what was sent and not received: true, if there was something. Looks without the
 * channel's lock first, because nobody but the function that fires sends. The buffer has one slot,
 * so the indices stay as they are. */
static inline bool take_back(struct go_timer *t)
{
	struct channel *c = channel_of(t);
	bool had;

	if (likely(t->kind != GO_TIMER_SENDS || !(load_relaxed(&c->state) & CHAN_COUNT)))
		return false;
	chan_lock(c);
	had = c->state & CHAN_COUNT;
	store_relaxed(&c->state, c->state & ~CHAN_COUNT);
	chan_unlock(c);
	return had;
}

/* Returns whether something that was still to come does not come now. */
static noinline bool withdraw(struct go_timer *t)
{
	bool armed = timer_withdraw(&t->node);

	return take_back(t) || armed;
}

static inline uint64_t moment(go_time d)
{
	if (unlikely(d == GO_FOREVER))
		return NEVER;
	return board_clock() + (likely(d > 0) ? clock_ticks(d) : 0);
}

static inline void arm(struct go_timer *t, uint64_t when)
{
	if (when != NEVER)
		timer_call(&t->node, t->kind == GO_TIMER_SENDS ? due_send : due_call, when);
}

/* The same by the clock that this goroutine follows. */
static void arm_here(struct go_timer *t, go_time d)
{
	uint64_t when;

	if (!in_bubble())
		return arm(t, moment(d));
	when = bubble_deadline(d);
	if (when != NEVER)
		bubble_call(&t->node, t->kind == GO_TIMER_SENDS ? due_send : due_call, when);
}

static void init_channel(struct go_timer *t, enum chan_fixed fixed, uintptr_t site)
{
	struct channel *c = channel_of(t);

	race_forget(c, sizeof(*c));
	t->kind = GO_TIMER_SENDS;
	c->lock = c->state = c->read = c->write = c->dropped = 0;
	c->receivers = c->senders = (struct chan_waiters){0};
	c->size = c->stride = sizeof(go_time);
	c->capacity = 1;
	c->kind = chan_kind(go_time);
	c->fixed = fixed;
	c->site = site;
}

/* A timer that is all zero gets its channel now. */
static bool renew(struct timer *t, bool stands, uintptr_t site)
{
	if (t->own.kind == GO_TIMER_NEW) {
		init_channel(&t->own, CHAN_TIMER, site);
		bubble_adopts(channel_of(&t->own));
		t->c = (__typeof__(t->c))(void *)channel_of(&t->own);
	}
	return stands ? withdraw(&t->own) : take_back(&t->own);
}

static noinline bool reset_slowly(struct timer *t, uint64_t when, bool stands, uintptr_t site)
{
	bool armed = renew(t, stands, site);

	arm(&t->own, when);
	return armed;
}

static noinline bool reset_aside(struct timer *t, go_time d, uintptr_t site)
{
	unsigned long was = begin(&t->own);
	bool armed = renew(t, true, site);

	arm_here(&t->own, d);
	return end(&t->own, was, armed);
}

/* Context: goroutine. */
bool timer_reset(struct timer *t, go_time d)
{
	uint64_t when = moment(d);
	unsigned long was;
	enum timer_state state = TIMER_STANDS;
	bool armed = true;

	if (unlikely(arch_self()->preempt_off))
		return reset_aside(t, d, (uintptr_t)__builtin_return_address(0));
	was = begin_plain(&t->own);
	if (likely(when != NEVER))
		state = timer_put_off(&t->own.node, when);
	if (unlikely(state != TIMER_PUT_OFF))
		armed = reset_slowly(t, when, state == TIMER_STANDS,
		                     (uintptr_t)__builtin_return_address(0));
	return end(&t->own, was, armed);
}

/* Context: goroutine. */
void timer_after(struct timer *t, go_time d, void (*f)(void *), void *arg)
{
	unsigned long was = begin(&t->own);

	assert_that(t->own.kind != GO_TIMER_SENDS,
	            "timer_after: timer %p has a channel: take another struct timer", (void *)t);
	withdraw(&t->own);
	t->own.kind = GO_TIMER_CALLS;
	t->own.call = (struct go_timer_call){f, arg, (uintptr_t)__builtin_return_address(0)};
	arm_here(&t->own, d);
	end(&t->own, was, false);
}

/* Context: goroutine. */
bool timer_stop(struct timer *t)
{
	unsigned long was = begin(&t->own);

	return end(&t->own, was, withdraw(&t->own));
}

static inline struct go_timer *make_after(uintptr_t site)
{
	struct go_timer *t = mem_try(sizeof(*t));

	if (unlikely(!t))
		t = mem_alloc(sizeof(*t));
	assert_that(t, "go_after: out of memory: chan_free the channels of go_after that are done "
	               "with, or give the board more RAM (MEM=)");
	init_channel(t, CHAN_AFTER, site);
	t->node.place = TIMER_OUT;
	t->node.due = 0;
	t->node.how = 0;
	t->lock = 0;
	return t;
}

static noinline chan(go_time) after_aside(go_time d, uintptr_t site)
{
	struct go_timer *t = make_after(site);
	unsigned long was = begin(t);

	bubble_adopts(channel_of(t));
	arm_here(t, d > 0 ? d : 0);
	end(t, was, false);
	return (chan(go_time))(void *)channel_of(t);
}

/* A moment that has come, or that comes with the clock's next tick, enters no heap: to set an alarm
 * takes longer than the rest of a tick. Nobody else knows the timer yet, so the value is put into
 * its channel without a lock.
 * Context: goroutine. */
chan(go_time) go_after(go_time d)
{
	uintptr_t site = (uintptr_t)__builtin_return_address(0);
	uint64_t when = moment(d), now;
	struct go_timer *t;
	unsigned long was;

	if (unlikely(arch_self()->preempt_off))
		return after_aside(d, site);
	t = make_after(site);
	now = arch_cycles();
	if (when <= now + 1) {
		while (when > now)
			now = arch_cycles();
		*(go_time *)channel_of(t)->buffer = clock_ns(now - clock_rate.origin);
		channel_of(t)->state = 1;
	} else {
		was = begin_plain(t);
		arm(t, when);
		end(t, was, false);
	}
	return (chan(go_time))(void *)channel_of(t);
}

/* A value that was sent goes with the channel.
 * Context: goroutine. */
void time_stop(struct channel *c)
{
	struct go_timer *t = timer_of(c);
	unsigned long was;

	if (!t->node.due) /* its moment had come when it was made */
		return;
	was = begin(t);
	end(t, was, timer_withdraw(&t->node));
}

/* Context: goroutine. */
void time_forget(struct channel *c)
{
	mem_free(timer_of(c), sizeof(struct go_timer));
}

/* Tickers. */

static const go_time MOST = GO_FOREVER / 4; /* a period; 73 years */

/* Context: goroutine. */
void ticker_start(struct ticker *t, go_time d)
{
	go_time step = d < MOST ? d : MOST;
	unsigned long was;

	assert_that(d > 0, "ticker_start: a period of %lld ns: it must be above 0", (long long)d);
	if (d < CONFIG_TICK_NS)
		step = (CONFIG_TICK_NS + d - 1) / d * d;
	was = begin(&t->own);
	if (!t->c) {
		init_channel(&t->own, CHAN_TIMER, (uintptr_t)__builtin_return_address(0));
		bubble_adopts(channel_of(&t->own));
		t->c = (__typeof__(t->c))(void *)channel_of(&t->own);
	}
	withdraw(&t->own);
	t->step = step;
	t->next = go_now() + step;
	tick_at(t, t->next);
	end(&t->own, was, false);
}

/* Context: goroutine. */
void ticker_stop(struct ticker *t)
{
	unsigned long was = begin(&t->own);

	end(&t->own, was, withdraw(&t->own));
}

/* The scheduler.
 *
 * A core runs goroutines one after another. Leaving a goroutine always lands on the core stack, entered fresh: it holds no
 * saved context, so a switch is one save and one load, and what must happen after the switch (unlock a channel, free a
 * dead stack) is a plain statement in the function that arch_park was given. That function ends in schedule().
 *
 * Where a core looks: its next slot, its own ring, the goroutines pinned to it, the global queue, then it steals half of
 * another ring, last another's next slot; on every 61st pick the pinned and the global queue come first, in turns, so that
 * nobody starves behind a busy ring. Where work goes: a readied goroutine into the next slot of the core that readied it
 * (it was just written to by that core, and often the readier is about to wait for it); what was there moves to the
 * ring's tail. A new goroutine and one that yields go to the ring's tail. A full ring spills its first few to the global
 * queue. A search asks between its steps whether an interrupt is pending and takes it.
 *
 * Slices. What comes from the next slot runs on the rest of the slice of the goroutine that readied it: so two that hand
 * a value to and fro share one slice, and the ring behind them gets its turn. All others get a new slice. A switch only
 * stamps the start of the slice; the alarm, which is always at or before its end, comes early and is set again.
 *
 * A handler and a goroutine under a spin_lock may not wait: g->preempt_off, also of the g that stands for a core's
 * handlers, says so with one look.
 *
 * Sleep and wake are idle.c; preemption, and what an interrupt readies, preempt.c.
 *
 * Pinned goroutines (go_attr .core) stand in a queue of their core alone, which no thief looks at. A core beyond the
 * limit of go_maxprocs hands its ring to the global queue and runs only what is pinned to it; its interrupts and its
 * timers stay its own, and what they ready goes to the global queue.
 *
 * All asleep: the core that goes to sleep last finds every core asleep, no timer, no queue with work and no device line
 * that could wake somebody. While it looks under SCHED another core may wake by interrupt, run and sleep again. So it
 * sees all asleep before and after, and between the same count sched.wakes, which each core that wakes bumps while it
 * is not among the sleepers.
 *
 * Orders
 *   S1 full     next in ready           <-> I1, -> S2   its pusher sees the sleeper or the sleeper sees it
 *   S2 acquire  next in take            <- S1   what the readier wrote is visible
 *   S3 full     n of a shared queue     <-> I1   as S1; the queue itself is guarded by SCHED
 *   S4 full     off, limit              <-> S4   a core beyond the limit has stopped, or sees the limit
 *   S5 full     wakes                   <-> S5   see "all asleep"
 *   S6 full     n of timers             <- T1   the same
 *   S7 release  off of a core           -> S8   what it readied for itself before is in its ring
 *   S8 acquire  off in limit_holds      <- S7   from then on it readies into the global queue
 * Rejected: a run queue for all cores (a lock on every switch); saving the scheduler's own context (a save and a load
 * more a switch); priorities by several rings, which nobody has asked for yet. */
#include "sched.h"
#include "atomic.h"
#include "clock.h"
#include "idle.h"
#include "panic.h"
#include "rand.h"
#include "skein.h"

static struct sched {
	struct lock lock; /* SCHED */
	struct gqueue global;
	uint32_t limit; /* atomic: cores below it run what is not pinned elsewhere: S4 */
	uint32_t off;   /* atomic: a bit for each core beyond the limit that sleeps: S4 */
	uint32_t wakes; /* atomic: S5 */
} sched;

/* Context: boot. */
void sched_init(void)
{
	sched.limit = core_count;
	for (unsigned i = 0; i < core_count; i++) {
		cores[i].slice = clock_ticks(CONFIG_SLICE_NS) + i * clock_ticks(CONFIG_SLICE_JITTER_NS);
		cores[i].least = clock_ticks(CONFIG_LEAST_NS) - 1;
	}
}

/* Context: any. */
bool sched_off_duty(const struct core *core)
{
	return core->index >= load_relaxed(&sched.limit);
}

/* Context: core stack. */
void sched_see_limit(struct core *core)
{
	core->slow = sched_off_duty(core);
	if (core->off != core->slow)
		store_release(&core->off, core->slow); /* S7 */
}

/* Queues shared between cores, under SCHED. */

static void append(struct gqueue *q, struct g *first, struct g *last, unsigned n)
{
	lock(&sched.lock, RANK_SCHED);
	last->next = 0;
	if (q->head)
		q->tail->next = first;
	else
		q->head = first;
	q->tail = last;
	store_full(&q->n, q->n + n); /* S3 */
	unlock(&sched.lock);
}

static struct g *pop(struct gqueue *q)
{
	struct g *g = q->head;

	if (g) {
		q->head = g->next;
		store_relaxed(&q->n, q->n - 1);
	}
	return g;
}

static struct g *take_pinned(struct core *core)
{
	struct g *g;

	if (load_relaxed(&core->pinned.n) == 0)
		return 0;
	lock(&sched.lock, RANK_SCHED);
	g = pop(&core->pinned);
	unlock(&sched.lock);
	return g;
}

/* One to run, and this core's share of the rest into its ring. What moves is in the ring before it leaves the count: a
 * core that goes to sleep looks at the count first, then at the rings. */
static struct g *take_global(struct core *core)
{
	struct gqueue *q = &sched.global;
	unsigned share, moved;
	struct g *first;

	if (load_relaxed(&q->n) == 0)
		return 0;
	lock(&sched.lock, RANK_SCHED);
	first = pop(q);
	share = q->n / core_count < CONFIG_BATCH ? q->n / core_count : CONFIG_BATCH;
	moved = runq_push_chain(&core->runq, &q->head, share);
	store_full(&q->n, q->n - moved); /* S3 */
	unlock(&sched.lock);
	return first;
}

static void put_global(struct g *g)
{
	append(&sched.global, g, g, 1);
}

static void put_pinned(struct g *g)
{
	unsigned to = g->pin - 1; /* once it is in the queue it may run, end, and be another */

	append(&cores[to].pinned, g, g, 1);
	if ((load_full(&idle.cores) | load_full(&sched.off)) & 1u << to) /* I2 S4 */
		board_wake(to);
}

static void spill(struct core *core)
{
	unsigned n;
	struct g *last, *first = runq_spill(&core->runq, &n, &last);

	if (first)
		append(&sched.global, first, last, n);
}

/* To the tail of this core's ring. */
static inline void put_tail(struct core *core, struct g *g)
{
	while (unlikely(!runq_push(&core->runq, g)))
		spill(core);
}

/* Context: core stack. The caller notifies. */
void sched_put_head(struct core *core, struct g *g)
{
	if (g->pin)
		put_pinned(g);
	else if (sched_off_duty(core))
		put_global(g);
	else
		while (!runq_push_head(&core->runq, g))
			spill(core);
}

/* Context: core stack. The caller notifies. */
void sched_put_back(struct g *g)
{
	if (g->pin)
		put_pinned(g);
	else
		put_global(g);
}

/* Making goroutines runnable. */

static __attribute__((noinline)) bool wake_and_restore(unsigned long was)
{
	idle_wake();
	arch_irq_restore(was);
	return true;
}

static inline bool notify_and_restore(unsigned long was)
{
	if (load_full(&idle.cores)) /* I2 */
		return wake_and_restore(was);
	arch_irq_restore(was);
	return true;
}

static __attribute__((noinline)) bool displace_and_restore(struct core *core, struct g *old, unsigned long was)
{
	put_tail(core, old);
	return notify_and_restore(was);
}

static __attribute__((noinline)) bool ready_elsewhere(struct g *g, unsigned long was)
{
	if (g->pin) {
		put_pinned(g);
		arch_irq_restore(was);
		return true;
	}
	put_global(g);
	return notify_and_restore(was);
}

/* In a handler, beyond the limit, or pinned. */
static inline bool ready_aside(struct core *core, struct g *g, unsigned long was)
{
	if (!core->handling || (g->pin ? g->pin != core->index + 1 : sched_off_duty(core)))
		return ready_elsewhere(g, was);
	g->next = core->woken; /* runs when the interrupt is over: preempt.c */
	core->woken = g;
	arch_irq_restore(was);
	return true;
}

static __attribute__((noinline)) bool ready_slow(struct g *g, unsigned long was)
{
	assert_that(g->why > G_RUNNABLE, "sched: goroutine %u is readied while it does not wait", g->id);
	g->why = G_RUNNABLE;
	return ready_aside(arch_core(), g, was);
}

/* It ends in arch_irq_restore: what an operation ends with is a jump then, and needs no frame.
 * Context: any, masked. */
leaf bool ready(struct g *g, unsigned long was)
{
	struct core *core = arch_core();
	struct g *old;

	if (unlikely(g->why <= G_RUNNABLE) || unlikely(core->slow | g->pin))
		return ready_slow(g, was);
	g->why = G_RUNNABLE;
	old = swap_full(&core->next, g); /* S1 */
	if (unlikely(old))
		return displace_and_restore(core, old, was);
	return notify_and_restore(was);
}

/* Context: any, masked. */
leaf bool ready_new(struct g *g, unsigned long was)
{
	struct core *core = arch_core();

	if (unlikely(core->slow | g->pin))
		return ready_aside(core, g, was);
	if (unlikely(!runq_push(&core->runq, g)))
		return displace_and_restore(core, g, was);
	return notify_and_restore(was);
}

/* Finding goroutines to run. */

static inline struct g *take_next(struct core *core)
{
	return load_relaxed(&core->next) ? swap_acquire(&core->next, 0) : 0; /* S2 */
}

static struct g *take_shared(struct core *core)
{
	struct g *g = 0;

	if (core->turn++ & 1 && !sched_off_duty(core)) /* so that neither starves behind the other */
		g = take_global(core);
	if (!g)
		g = take_pinned(core);
	return g || sched_off_duty(core) ? g : take_global(core);
}

static struct g *steal_ring(struct core *core)
{
	unsigned start = rand_below(&core->rand, core_count);
	struct g *g;

	for (unsigned i = 0; i < core_count && !arch_irq_pending(); i++) {
		unsigned victim = start + i < core_count ? start + i : start + i - core_count;

		if (victim == core->index || runq_looks_empty(&cores[victim].runq))
			continue;
		if ((g = runq_steal(&core->runq, &cores[victim].runq))) {
			count(&core->stats.steals);
			return g;
		}
	}
	return 0;
}

/* A goroutine in a next slot is about to run where it is, unless its core is busy: taken last, and only if it stood there
 * for a whole round. */
static struct g *steal_next(struct core *core)
{
	struct g *seen[CONFIG_CORES], *g;

	for (unsigned i = 0; i < core_count; i++)
		seen[i] = load_relaxed(&cores[i].next);
	if ((g = steal_ring(core)))
		return g;
	arch_relax();
	for (unsigned i = 0; i < core_count; i++) {
		if (i == core->index || !seen[i])
			continue;
		if (cas_acquire(&cores[i].next, seen[i], (struct g *)0)) { /* S2 */
			count(&core->stats.steals);
			return seen[i];
		}
	}
	return 0;
}

/* An interrupt need not wait for the end of a search. */
static struct g *poll(struct core *core)
{
	if (likely(!arch_irq_pending()))
		return 0;
	interrupts_handle(core);
	return interrupts_woken(core);
}

/* One look everywhere.
 * Context: core stack. */
struct g *sched_look(struct core *core)
{
	struct g *g;

	if ((g = take_next(core)) || (g = runq_pop(&core->runq)) || (g = take_shared(core)))
		return g;
	if ((g = poll(core)) || sched_off_duty(core))
		return g;
	if ((g = steal_ring(core)) || (g = poll(core)) || core->off)
		return g;
	return steal_next(core);
}

/* And none is needed: an interrupt that is pending will bring work, or the next look. */
static bool rings_empty(void)
{
	for (unsigned i = 0; i < core_count; i++)
		if (arch_irq_pending() || load_full(&cores[i].next) || !runq_empty(&cores[i].runq)) /* S1 */
			return false;
	return true;
}

/* Context: core stack. */
bool idle_work(unsigned index)
{
	if (load_full(&cores[index].pinned.n)) /* S3 */
		return true;
	if (index >= load_full(&sched.limit)) /* S4 */
		return false;
	return load_full(&sched.global.n) || !rings_empty(); /* S3 */
}

/* Running. */

/* Context: core stack. */
leaf void run(struct core *core, struct g *g)
{
	if (CONFIG_CHECK)
		lock_none_held("to run a goroutine");
	store_relaxed(&core->g, g);
	if (CONFIG_TRACE)
		trace_switch(core, g);
	arch_self_set(g);
	if (unlikely(g->frame))
		return resume(core, g);
	arch_load(&g->context);
}

static inline void run_stamped(struct core *core, struct g *g)
{
	core->slice_start = arch_cycles();
	run(core, g);
}

static void search(struct core *core);

static inline void run_local(struct core *core)
{
	struct g *g;

	if ((g = take_next(core)))
		return run(core, g);
	if ((g = runq_pop(&core->runq)))
		return run_stamped(core, g);
	search(core);
}

static __attribute__((noinline)) void run_shared_first(struct core *core)
{
	struct g *g;

	core->picks = CONFIG_GLOBAL_EVERY;
	count(&core->stats.rounds);
	if (unlikely(sched_off_duty(core)))
		return search(core);
	if ((g = take_shared(core)))
		return run_stamped(core, g);
	run_local(core);
}

/* Context: core stack. */
leaf void schedule(void)
{
	struct core *core = arch_core();

	if (unlikely(--core->picks == 0))
		return run_shared_first(core);
	run_local(core);
}

/* Context: any, masked. */
void sched_alarm_at(struct core *core, uint64_t when)
{
	poke(&core->alarm, when);
	board_alarm(when);
}

/* At the first timer, at `end` at the latest; at once when there is more to hand over.
 * Context: core stack. */
void sched_alarm(struct core *core, uint64_t end)
{
	uint64_t when = core->timers.first < end ? core->timers.first : end;

	if (unlikely(core->off) && !runq_empty(&core->runq))
		when = arch_cycles();
	if (when != core->alarm)
		sched_alarm_at(core, when);
}

/* From here on: however long the way to it was, the goroutine gets its slice.
 * Context: core stack. */
void sched_new_slice(struct core *core)
{
	core->slice_start = arch_cycles();
	sched_alarm(core, core->slice_start + core->slice);
}

/* Whom pending interrupts ready runs first. */
static __attribute__((noinline)) void run_after_interrupts(struct core *core, struct g *g)
{
	do {
		struct g *woken = poll(core);

		if (woken) {
			sched_put_head(core, g);
			g = woken;
		}
		sched_new_slice(core);
	} while (!core->off && arch_irq_pending()); /* off, it rings until all is handed over */
	idle_notify();                              /* of those who were put before the ring */
	run(core, g);
}

/* After idling: the alarm may have rung, or be far. */
static void run_found(struct core *core, struct g *g)
{
	sched_new_slice(core);
	if (unlikely(arch_irq_pending()))
		return run_after_interrupts(core, g);
	idle_notify(); /* the same */
	run(core, g);
}

static bool nothing_can_wake(void)
{
	uint32_t wakes = load_full(&sched.wakes);                         /* S5 */
	uint32_t asleep = load_full(&idle.cores) | load_full(&sched.off); /* I2 S4 */

	if (asleep != (1u << core_count) - 1 || irq_may_wake() || load_full(&sched.global.n) || !rings_empty()) /* S3 */
		return false;
	for (unsigned i = 0; i < core_count; i++)
		if (load_full(&cores[i].pinned.n) || load_full(&cores[i].timers.n)) /* S3 S6 */
			return false;
	return load_full(&sched.wakes) == wakes; /* S5 */
}

/* This core is no longer published as asleep: whoever looks whether all are must start again. Before it does anything. */
static void woke(void)
{
	fetch_add_full(&sched.wakes, 1); /* S5 */
}

/* Waits for an interrupt and handles it. This core is published as asleep. One of several wakes once a second, to notice
 * another one that is stuck, which may have been asleep too when this one went to sleep. */
static struct g *doze(struct core *core, void (*leave)(unsigned))
{
	uint64_t now = board_clock();
	struct g *g;

	poke(&core->stats.idle, core->stats.idle - now);
	sched_alarm(core, core_count > 1 ? now + board.clock_hz : UINT64_MAX);
	if (load_relaxed(&core->timers.n) == 0 && nothing_can_wake())
		panic_deadlock();
	arch_idle();
	leave(core->index);
	woke();
	now = board_clock();
	poke(&core->stats.idle, core->stats.idle + now);
	panic_stop_if_asked();
	sched_watch(core, now);
	g = poll(core);
	idle_notify(); /* beyond the limit the rest went to the global queue */
	return g;
}

static void leave_off(unsigned index)
{
	fetch_and_full(&sched.off, ~(1u << index)); /* S4 */
}

/* Gives a batch of this core's work away.
 * Context: core stack. */
void sched_hand_over(struct core *core)
{
	struct g *g = take_next(core);

	if (g)
		put_global(g);
	spill(core);
	idle_notify();
}

/* Beyond the limit: waits for what is pinned here or for a higher limit. */
static struct g *off_duty(struct core *core)
{
	struct g *g;

	do {
		sched_hand_over(core);
		if ((g = poll(core)))
			return g;
	} while (!runq_empty(&core->runq));
	fetch_or_full(&sched.off, 1u << core->index); /* S4 */
	if (idle_work(core->index) || !sched_off_duty(core)) {
		leave_off(core->index);
		woke();
		return take_pinned(core);
	}
	return doze(core, leave_off);
}

/* On duty: a searcher until it finds something. */
static struct g *on_duty(struct core *core)
{
	struct g *g = 0;

	idle_search();
	while (!g && core->index < load_full(&sched.limit)) { /* S4 */
		if ((g = poll(core)) || (g = sched_look(core)) || (g = poll(core)))
			break;
		if (idle_enter(core->index))
			g = doze(core, idle_leave);
		else
			woke();
	}
	idle_found(core->index);
	if (unlikely(sched_off_duty(core)))
		idle_notify(); /* what it leaves is for others */
	return g;
}

static __attribute__((noinline)) struct g *find(struct core *core)
{
	struct g *g = 0;

	while (!g) {
		sched_see_limit(core);
		g = core->off ? off_duty(core) : on_duty(core);
	}
	return g;
}

/* This core runs nobody. */
static void leave_g(struct core *core)
{
	store_full(&core->g, (struct g *)0); /* S4: limit_holds asks who runs here */
	arch_self_set(&core->idle);
}

static __attribute__((noinline)) void search(struct core *core)
{
	struct g *g;

	leave_g(core);
	if (!(g = interrupts_woken(core))) /* put_off in preempt.c left them */
		g = find(core);
	run_found(core, g);
}

static __attribute__((noinline)) void run_expired(struct core *core)
{
	struct g *g;

	leave_g(core);
	if (!(g = timer_run(core, arch_cycles())))
		return search(core);
	if (core->slow) {
		ready(g, arch_irq_off());
		return search(core);
	}
	g->why = G_RUNNABLE;
	run_found(core, g);
}

/* Instead of schedule: a timer that came due during the switch needs no interrupt, if there is nobody else.
 * Context: core stack. */
leaf void commit_sleep(void *unused)
{
	struct core *core = arch_core();

	(void)unused;
	if (core->timers.first > arch_cycles() || core->picks == 1 || load_relaxed(&core->next) ||
	    !runq_looks_empty(&core->runq))
		return schedule();
	core->picks--;
	run_expired(core);
}

/* Leaving a goroutine. */

/* Context: core stack. */
leaf void commit_unlock(void *l)
{
	unlock(l);
	schedule();
}

/* Context: core stack. */
leaf void commit_wait(void *unused)
{
	(void)unused;
	schedule();
}

/* Context: goroutine or handler, masked. */
void park_refused(enum why why)
{
	const char *what = why == G_RUNNABLE ? "go_yield" : why_name[why];

	if (arch_core()->handling)
		panic("%s in an interrupt handler: a handler may not wait, use the try form", what);
	panic("%s after go_preempt_off or under a spin_lock: end that before anything that can wait", what);
}

static __attribute__((noinline)) void commit_yield_slow(void *arg)
{
	struct core *core = arch_core();
	struct g *g = arg;

	if (core->slow | g->pin)
		sched_put_back(g);
	else
		put_tail(core, g);
	schedule();
}

/* No wake: who could run it was not woken for what is there already. */
static leaf void commit_yield(void *arg)
{
	struct g *g = arg;

	if (unlikely(g->pin) || unlikely(!runq_push(&arch_core()->runq, g)))
		return commit_yield_slow(g);
	schedule();
}

/* Context: goroutine; may park. */
void go_yield(void)
{
	struct g *g;

	arch_irq_off();
	g = arch_self();
	if (unlikely(g->preempt_off))
		park_refused(G_RUNNABLE);
	arch_park(&g->context, commit_yield, g);
	arch_irq_on();
}

/* Runs what may run nowhere else, and will run nothing else. */
static bool runs_pinned(struct core *core)
{
	struct g *g = load_acquire(&core->off) ? load_full(&core->g) : 0; /* S8 S4 */

	return g && g->pin && !load_full(&core->next) && runq_empty(&core->runq); /* S1 */
}

static bool limit_holds(unsigned limit)
{
	uint32_t off = load_full(&sched.off); /* S4 */

	for (unsigned i = limit; i < core_count; i++)
		if (!(off & 1u << i) && !runs_pinned(&cores[i]))
			return false;
	return true;
}

/* Context: goroutine; may park. */
unsigned go_maxprocs(unsigned n)
{
	unsigned long was = arch_irq_off();
	unsigned before;

	lock(&sched.lock, RANK_SCHED);
	before = sched.limit;
	if (n) {
		n = n < core_count ? n : core_count;
		store_full(&sched.limit, n); /* S4 */
	}
	unlock(&sched.lock);
	for (unsigned i = 0; n && i < core_count; i++)
		if (i != arch_core()->index)
			board_wake(i); /* to look at the limit */
	arch_irq_restore(was);
	while (n && n < before && load_relaxed(&sched.limit) == n && !limit_holds(n)) {
		arch_relax();
		go_yield();
	}
	return before;
}

/* Context: any. */
unsigned go_cores(void)
{
	return core_count;
}

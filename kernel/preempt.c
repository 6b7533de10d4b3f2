/* Preemption: what an interrupt does to the goroutine under it.
 *
 * An interrupt is taken only in goroutine code (the kernel runs masked), so it may leave the
 * goroutine anywhere. The trap stub has stored every register in the core's spare frame, and not
 * one byte on the goroutine's stack. If the goroutine goes on, that is all. If not, it takes the
 * frame with it and the core takes a fresh one; what resumes it makes its frame that core's spare,
 * and gives the old spare back before the load, when nobody can be reading it. A core keeps one
 * fresh frame at hand, the others are in a pool.
 *
 * Preempting is a hint. preemptible() is the one predicate:
 *   1 the goroutine has not called go_preempt_off;
 *   2 there is a frame: a pool that is empty takes a page, so only when memory is gone there is
 *     none (counted).
 * If it fails the alarm is set 50 us ahead and g->preempt_pending makes go_preempt_on yield.
 *
 * Why an interrupt preempts:
 *   - it readied somebody: that goroutine runs now, and the interrupted one goes to the head of the
 *     ring with the rest of its slice. Further ones go before it, in the order in which they were
 *     readied. If the next interrupt is pending already, that is taken first, without a switch. If
 *     the interrupted one was preempted before and has just come to run again, they wait until it
 *     has run for CONFIG_LEAST_NS: or those who sleep for less than a switch takes would keep it
 *     from its next instruction for ever;
 *   - the slice is over and there is other work, stolen if need be: the interrupted one goes to the
 *     global queue. With no other work it gets a new slice: a core that runs a hog still balances,
 *     at the end of each slice;
 *   - the core is beyond the limit of go_maxprocs.
 *
 * Rejected: preempting at safe points that the compiler inserts (every loop pays); saving the
 * registers on the goroutine's stack (every stack would need 800 bytes more for it). */
#include "atomic.h"
#include "clock.h"
#include "global.h"
#include "idle.h"
#include "limit.h"
#include "mem.h"
#include "panic.h"
#include "rand.h"
#include "sched.h"
#include "search.h"
#include "skein.h"

/* What a goroutine that left by interrupt takes along. */
struct frame {
	struct arch_frame registers; /* first: arch knows a frame by this address */
	uint64_t used;               /* ticks of its slice */
};
_Static_assert(offsetof(struct frame, registers) == 0,
               "a frame is known by its registers' address");

struct slab preempt_frames = SLAB(sizeof(struct frame));

/* Context: boot, for each core. */
void preempt_init(struct core *core)
{
	struct frame *spare = slab_get(&preempt_frames);

	assert_that(spare,
	            "preempt: no memory for a frame: the image leaves no RAM, see make MEM=");
	arch_spare_set(core, &spare->registers);
}

/* Context: core stack. */
void resume(struct core *core, struct g *g)
{
	struct frame *f = (struct frame *)g->frame, *old = (struct frame *)core->arch.spare;
	uint64_t end;

	g->frame = 0;
	core->resumed = arch_cycles();
	core->slice_start = core->resumed - f->used;
	end = core->slice_start + core->slice;
	if (end < core->alarm)
		sched_alarm_at(core, end);
	if (core->fresh)
		slab_put(&preempt_frames, old);
	else
		core->fresh = &old->registers;
	arch_resume(&f->registers);
}

/* Context: core stack. */
struct g *interrupts_woken(struct core *core)
{
	struct g *g = core->woken, *earlier;

	if (!g)
		return 0;
	core->woken = 0;
	for (; (earlier = g->next); g = earlier)
		sched_put_head(core, g);
	return g;
}

/* All that were readied, before the ring. */
static void put_woken(struct core *core)
{
	struct g *first = interrupts_woken(core);

	if (first)
		sched_put_head(core, first);
	idle_notify();
}

/* Context: core stack. */
void interrupts_handle(struct core *core)
{
	struct g *g = arch_self();

	core->slow |= HANDLING;
	/* a handler's go has no business in the arguments of the goroutine under it */
	arch_self_set(&core->idle);
	board_interrupt();
	arch_self_set(g);
	core->slow &= ~HANDLING;
	if (unlikely(limit_see(core)))
		put_woken(core); /* they are for others */
}

/* A core that runs a goroutine and whose alarm, which is past, has stood still for a second is
 * stuck with interrupts masked. Each of the others in turn. One torn look (peek) differs from the
 * next and only begins the second anew.
 * Context: core stack. */
void sched_watch(struct core *core, uint64_t now)
{
	struct core *other = &cores[core->watched];
	struct g *g = load_relaxed(&other->g);
	uint64_t alarm = peek(&other->alarm);

	if (other != core && g && alarm < now && alarm == core->watched_alarm) {
		if (clock_ns(now - core->watched_since) > CONFIG_OVERDUE_NS)
			panic("core %u has not taken its alarm for %lld ms: goroutine %u on it "
			      "masks interrupts, or "
			      "a handler on it does not return",
			      other->index,
			      (long long)clock_ns(now - core->watched_since) / 1000000, g->id);
		return;
	}
	core->watched = core->watched + 1 < core_count ? core->watched + 1 : 0;
	core->watched_alarm = peek(&cores[core->watched].alarm);
	core->watched_since = now;
}

/* The alarm rang. Before a goroutine runs on, the next one is set for the end of its slice at the
 * latest.
 * Context: core stack, from board_interrupt. */
void kernel_tick(void)
{
	struct core *core = arch_core();
	struct g *g = timer_run(core, arch_cycles());

	if (g) {
		g->why = G_RUNNABLE;
		ready_new(g, arch_irq_off());
	}
	sched_alarm_at(core, core->timers.first);
}

static bool preemptible(struct core *core, struct g *g)
{
	if (g->preempt_off)
		return false; /* 1 */
	if (!core->fresh && !(CONFIG_CHECK && rand_below(&core->rand, 8) == 0))
		core->fresh = slab_get(&preempt_frames);
	if (!core->fresh)
		count(&core->stats.refused); /* 2 */
	return core->fresh;
}

/* The next interrupt is pending: it is taken before anybody runs. Should it go away, the alarm is
 * not far; but it must not ring now, as it may be the one that always comes first. */
static void put_off(struct core *core, uint64_t when)
{
	if (++core->put_off % CONFIG_WOKEN_BATCH == 0)
		put_woken(core);
	sched_alarm(core, when);
}

/* The interrupted goroutine runs on although somebody else should. */
static void refuse(struct core *core, struct g *g)
{
	put_woken(core);
	g->preempt_pending = true;
	sched_alarm(core, arch_cycles() + clock_ticks(CONFIG_PREEMPT_RETRY_NS));
}

/* The interrupted goroutine takes its frame along, having used so many ticks of its slice. From
 * here on it may be put where another core finds it. */
static void leave(struct core *core, struct arch_frame *registers, uint64_t used)
{
	arch_frame_keep(registers);
	((struct frame *)registers)->used = used;
	core->g->frame = registers;
	arch_spare_set(core, core->fresh);
	core->fresh = 0;
	count(&core->stats.preemptions);
}

static void switch_to(struct core *core, struct g *next)
{
	idle_notify();
	sched_new_slice(core);
	run(core, next);
}

static void run_woken(struct core *core, struct arch_frame *registers, uint64_t now,
                      unsigned put_off)
{
	uint64_t used = now - core->slice_start;
	bool over = used >= core->slice;

	leave(core, registers, over ? 0 : used);
	if (over || put_off >= CONFIG_WOKEN_BATCH)
		global_put(core->g); /* not before others that were readied */
	else
		sched_put_head(core, core->g);
	switch_to(core, interrupts_woken(core));
}

/* The slice is over, or the core is beyond the limit and g is not pinned to it. */
static void end_slice(struct core *core, struct arch_frame *registers, struct g *g, uint64_t now)
{
	struct g *next = core->slow && !g->pin ? 0 : search_once(core);

	sched_watch(core, now);
	if (!next && (!core->slow || g->pin))
		return sched_new_slice(core);
	leave(core, registers, 0);
	global_put(core->g);
	if (next)
		return switch_to(core, next);
	idle_notify();
	sched_new_slice(core);
	schedule();
}

/* Context: core stack, entered by the trap stub; returns to let the goroutine go on. */
void kernel_interrupt(struct arch_frame *registers)
{
	struct core *core = arch_core();
	struct g *g = core->g;
	uint64_t now, end;
	unsigned put_off_before;
	bool over;

	panic_stop_if_asked();
	interrupts_handle(core);
	if (unlikely(arch_irq_pending()))
		return put_off(core, arch_cycles() + clock_ticks(CONFIG_PREEMPT_RETRY_NS));
	now = arch_cycles();
	end = core->slice_start + core->slice;
	if (unlikely(core->slow))
		limit_hand_over(core);
	over = now >= end || (core->slow && !g->pin);
	if (!over && (core->woken || core->put_off) && now - core->resumed < core->least)
		return put_off(core, core->resumed + core->least);
	put_off_before = core->put_off;
	core->put_off = 0;
	over |= put_off_before >= CONFIG_WOKEN_BATCH; /* who was put before the ring runs now */
	if (!core->woken && !over) {
		if (core->alarm > end || core->slow)
			sched_alarm(core, end);
		return;
	}
	g_check(g);
	if (!preemptible(core, g))
		return refuse(core, g);
	if (core->woken)
		return run_woken(core, registers, now, put_off_before);
	end_slice(core, registers, g, now);
}

/* Context: goroutine. */
void go_preempt_off(void)
{
	arch_self()->preempt_off++;
	__asm__ volatile("" ::: "memory");
}

/* Context: goroutine; may park. */
void go_preempt_on(void)
{
	struct g *g = arch_self();

	__asm__ volatile("" ::: "memory");
	assert_that(g->preempt_off, "go_preempt_on without go_preempt_off before it");
	if (--g->preempt_off == 0 && g->preempt_pending) {
		g->preempt_pending = false;
		go_yield();
	}
}

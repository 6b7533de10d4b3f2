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
 *     readied; so do those of the next interrupt, if that is pending already: it is taken first,
 *     without a switch. If the interrupted one was preempted before and has just come to run
 *     again, they wait until it has run for CONFIG_LEAST_NS, or for an eighth of the time that it
 *     was kept from running: those who sleep for little would keep it from its next instruction
 *     for ever. Should it leave the core before, they run then (woken_first);
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
#include "stack.h"

/* What a goroutine that left by interrupt takes along. */
struct frame {
	struct arch_frame registers; /* first: arch knows a frame by this address */
	uint64_t left, start;        /* arch_cycles() when it left, and when its slice had begun */
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

/* The alarm may stand for something earlier: then it comes early, and is set again. */
static inline void begin_slice(struct core *core, uint64_t start)
{
	core->slice_start = start;
	if (unlikely(start + core->slice < core->alarm))
		sched_alarm_at(core, start + core->slice);
}

/* The goroutine that goes on is preempted for no woken one before it has run for CONFIG_LEAST_NS, or
 * for an eighth of the time that it was kept from running, a quarter of a slice at most. */
static inline void protect(struct core *core, uint64_t now, uint64_t away)
{
	uint64_t most = core->slice / 4, run = (away < most ? away : most) / 8;

	core->plain = now + (run > core->protected ? run : core->protected);
	core->plain_for = core->look > core->plain ? core->look - core->plain : 0;
}

/* Context: core stack. */
void resume(struct core *core, struct g *g)
{
	struct frame *f = (struct frame *)g->frame, *old = (struct frame *)core->arch.spare;
	uint64_t now = core->slice_start; /* it has just been stamped */

	g->frame = 0;
	sched_ran(core, g);
	protect(core, now, f->left == f->start ? 0 : now - f->left);
	begin_slice(core, now - (f->left - f->start));
	if (core->fresh)
		slab_put(&preempt_frames, old);
	else
		core->fresh = &old->registers;
	arch_resume(&f->registers);
}

/* Context: core stack. */
void interrupts_handle(struct core *core)
{
	board_interrupt();
	panic_stop_if_asked();
	if (unlikely(core->slow) || unlikely(limit_passed(core)))
		limit_see(core);
}

/* It slept so soon after the end of its slice, and for so short a time, that it gets no new slice
 * before its turn comes; or whatever is woken waits for its turn now. */
static inline bool slice_over(const struct core *core, const struct g *woken)
{
	return core->protected > core->least || woken->spent > arch_cycles() + core->enough;
}

/* They may be many: an interrupt need not wait for the last, and whom it readies may then come
 * before some that were readied earlier, as do those for whom the ring has no room. Beyond the
 * limit of go_maxprocs only those that are pinned run here.
 * Context: core stack. */
struct g *interrupts_woken(struct core *core, struct g *g)
{
	struct g *woken;

	for (;;) {
		while (unlikely(arch_irq_pending()))
			interrupts_handle(core);
		if (!(woken = core->woken))
			break;
		core->woken = woken->next;
		if (slice_over(core, woken)) {
			global_put(woken);
			continue;
		}
		if (g)
			sched_put_head(core, g);
		g = woken;
	}
	if (likely(!core->slow) || !g || g->pin)
		return g;
	global_put(g);
	return 0;
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

/* The interrupted goroutine runs on although somebody else should. */
static void refuse(struct core *core, struct g *g)
{
	struct g *woken = interrupts_woken(core, 0);

	if (woken)
		sched_put_head(core, woken);
	idle_notify();
	g->preempt_pending = true;
	sched_alarm(core, arch_cycles() + clock_ticks(CONFIG_PREEMPT_RETRY_NS));
}

/* The interrupted goroutine takes its frame along, which is complete. Its slice began at start; if
 * that is now, its slice is over. From here on it may be put where another core finds it. */
static inline void leave(struct core *core, struct g *g, uint64_t now, uint64_t start)
{
	struct frame *f = (struct frame *)core->arch.spare;

	g->frame = &f->registers;
	f->left = now;
	f->start = start;
	arch_spare_set(core, core->fresh);
	core->fresh = 0;
	count(&core->stats.preemptions);
}

/* The first that was readied; the others come next, and before g. The core has left its goroutine:
 * a handler finds nobody under it.
 * Context: core stack. */
noinline void interrupts_run_woken(struct core *core, struct g *g)
{
	struct g *first;

	store_relaxed(&core->g, (struct g *)0);
	first = interrupts_woken(core, g);
	idle_notify();
	sched_new_slice(core, first);
	if (first)
		return run(core, first);
	schedule();
}

/* At the end of a slice: the goroutine that would have inherited it waits for a turn of its own. */
static void send_next_to_tail(struct core *core)
{
	struct g *next = core->slow ? 0 : sched_take_next(core);

	if (next)
		sched_put_tail(core, next);
}

/* The slice is over, or the core is beyond the limit and g is not pinned to it. */
static void end_slice(struct core *core, struct g *g, uint64_t now)
{
	struct g *next;

	watch(core, now);
	send_next_to_tail(core);
	next = core->slow && !g->pin ? 0 : search_once(core);
	if (!next && !core->woken && (!core->slow || g->pin))
		return sched_new_slice(core, 0);
	arch_frame_keep(core->arch.spare);
	leave(core, g, now, now);
	global_put(g);
	interrupts_run_woken(core, next);
}

/* Beyond the limit, or no more. What it has goes to others, and the interrupted one too, as if its
 * slice were over, unless it is pinned here. A slice that is over gets no alarm: that would be
 * pending at once, and kernel_interrupt would put off for it what ends the slice. */
static void see_limit(struct core *core)
{
	uint64_t now = arch_cycles();

	limit_see(core);
	if (!core->slow)
		return;
	limit_hand_over(core);
	if (!core->g->pin)
		core->slice_start = now - core->slice;
	else if (now - core->slice_start < core->enough)
		sched_alarm(core, core->slice_start + core->slice);
}

/* Whatever is the reason to preempt, and whether it can be. */
static noinline void preempt(struct core *core, uint64_t now)
{
	struct g *g = core->g;
	bool over = now - core->slice_start >= core->enough;

	g_check(g);
	if (!preemptible(core, g))
		return refuse(core, g);
	if (!core->woken)
		return end_slice(core, g, now);
	arch_frame_keep(core->arch.spare);
	leave(core, g, now, over ? now : core->slice_start);
	if (over) {
		send_next_to_tail(core);
		global_put(g);
		sched_look(core);
	}
	interrupts_run_woken(core, over ? 0 : g);
}

/* The running goroutine may not be preempted yet. The one that is woken waits for that, unless it is far
 * and a core that sleeps could run it, or its place is in the line. */
static void hold_back(struct core *core, uint64_t now)
{
	uint64_t end = core->slice_start + core->slice;

	bool far = core->plain - now > core->least && load_relaxed(&idle.cores);

	if (core->protected > core->least || (far && !core->woken->next && !core->woken->pin)) {
		struct g *woken = interrupts_woken(core, 0);

		if (woken)
			sched_put_head(core, woken);
		idle_notify();
	} else {
		sched_look(core);
		end = core->plain < end ? core->plain : end;
	}
	sched_alarm(core, end);
}

/* What is not plain: the slice is over, or the running goroutine is protected, or it is time to ask
 * whose turn it is. */
static noinline void decide(struct core *core, uint64_t now)
{
	if (now >= core->look) {
		core->look = now + core->slice;
		core->looks++;
		if (now >= core->plain) {
			core->plain = now;
			core->plain_for = core->slice;
		}
		sched_look(core);
	}
	if (now - core->slice_start >= core->enough)
		return preempt(core, now);
	if (!core->woken)
		return;
	if (now < core->plain)
		return hold_back(core, now);
	preempt(core, now);
}

/* The same for the usual reason, one goroutine that was readied. The alarm is not later than the
 * end of the slice before, so it need not be set. */
static leaf noinline void preempt_for_woken(void)
{
	struct core *core = arch_core();
	struct g *g = core->g, *woken = core->woken;
	uint64_t now = arch_cycles();

	leave(core, g, now, core->slice_start);
	if (unlikely(!runq_push_head(&core->runq, g)))
		return interrupts_run_woken(core, g);
	if (unlikely(load_full(&idle.cores))) /* I2 */
		return interrupts_run_woken(core, 0);
	core->woken = 0;
	core->slice_start = now;
	run(core, woken);
}

/* A leaf, so it reads the core anew after each call.
 * Context: core stack, entered by the trap stub; returns to let the goroutine go on. */
leaf void kernel_interrupt(struct arch_frame *registers)
{
	struct core *core;
	struct g *g;
	uint64_t now;

	(void)registers; /* the core's spare frame */
	board_interrupt();
	panic_stop_if_asked();
	core = arch_core();
	if (unlikely(core->slow) || unlikely(limit_passed(core)))
		see_limit(core);
	core = arch_core();
	g = core->g;
	if (unlikely(arch_irq_pending())) /* goes first; should it go away, the alarm is near */
		return sched_alarm(core, arch_cycles() + clock_ticks(CONFIG_PREEMPT_RETRY_NS));
	now = arch_cycles();
	if (unlikely(now - core->slice_start >= core->enough) ||
	    unlikely(now - core->plain >= core->plain_for))
		return decide(core, now);
	if (!core->woken)
		return;
	if (unlikely(core->woken->next) || unlikely(core->woken->spent > now) ||
	    unlikely(g->preempt_off) || unlikely(g->pin) || unlikely(core->slow) ||
	    unlikely(!core->fresh) || unlikely(!stack_intact(g->stack)))
		return preempt(core, now);
	arch_frame_keep(core->arch.spare);
	preempt_for_woken();
}

/* Context: goroutine. */
void go_preempt_off(void)
{
	assert_that(++arch_self()->preempt_off, "go_preempt_off: 256 of them and no go_preempt_on");
	__asm__ volatile("" ::: "memory");
}

static void commit_give_way(void *g)
{
	sched_put_away(g);
	schedule();
}

/* One that was to be preempted gives way to all others.
 * Context: goroutine; may park. */
void go_preempt_on(void)
{
	struct g *g = arch_self();

	__asm__ volatile("" ::: "memory");
	assert_that(g->preempt_off, "go_preempt_on without go_preempt_off before it");
	if (--g->preempt_off == 0 && g->preempt_pending) {
		g->preempt_pending = false;
		arch_irq_off();
		arch_park(&g->context, commit_give_way, g);
		arch_irq_on();
	}
}

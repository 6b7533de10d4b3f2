/* Preemption: what an interrupt does to the goroutine under it.
 *
 * An interrupt is taken only in goroutine code, because the kernel runs masked. The trap stub
 * stores every register of the interrupted goroutine in the core's spare frame, and not one byte on
 * the goroutine's stack.
 *   - If the interrupted goroutine goes on, its registers are loaded again from that frame.
 *   - If another goroutine runs instead, the interrupted one keeps the frame (g->frame), and the
 *     core takes a fresh frame as its spare.
 *   - The core that resumes the goroutine later makes the goroutine's frame its own spare. It gives
 *     its old spare frame back before it loads the registers: nobody reads the old frame by then.
 * A core keeps one fresh frame at hand; the others are in a pool.
 *
 * A preemption may be refused. A goroutine can be preempted if preemptible() finds that
 *   1 the goroutine has not called go_preempt_off, and
 *   2 there is a fresh frame. An empty pool takes a new page, so a fresh frame is missing only when
 *     memory has run out (stats.refused counts that).
 * If not, the alarm is set 50 us ahead, and g->preempt_pending makes go_preempt_on yield.
 *
 * An interrupt preempts the running goroutine for three reasons.
 *   - The interrupt readied a goroutine. That goroutine runs now, and the interrupted one goes to
 *     the head of the ring with the rest of its slice. If several were readied they run one after
 *     the other, in the order in which they were readied, before the interrupted one. An interrupt
 *     that is pending already is taken first, without a switch, and its goroutines join them. A
 *     goroutine that was preempted and has just come to run again is protected: woken goroutines
 *     wait until it has run for CONFIG_LEAST_NS, or for an eighth of the time that it was kept from
 *     running. Without this, goroutines that sleep briefly would keep it from its next instruction
 *     for ever. If it leaves the core earlier they may run then (pick.c: woken_first).
 *   - The slice is over and there is other work, stolen if need be. The interrupted goroutine goes
 *     to the global queue. Without other work it gets a new slice, so a core that runs a hog still
 *     looks for work at the end of each slice.
 *   - The core is beyond the limit of go_maxprocs.
 *
 * Rejected: preempting at safe points that the compiler inserts (every loop pays for them); saving
 * the registers on the goroutine's stack (every stack would need 800 bytes more). */
#include "sched/preempt.h"
#include "base/atomic.h"
#include "base/clock.h"
#include "base/panic.h"
#include "base/rand.h"
#include "memory/mem.h"
#include "sched/above.h"
#include "sched/bounds.h"
#include "sched/global.h"
#include "sched/idle.h"
#include "sched/ipi.h"
#include "sched/limit.h"
#include "sched/pick.h"
#include "sched/sched.h"
#include "sched/slice.h"
#include "sched/stack.h"
#include "skein.h"

/* What an interrupted goroutine keeps while it does not run. */
struct frame {
	struct arch_frame registers; /* first: arch knows a frame by this address */
	uint64_t left, start;        /* arch_cycles() when it left, and when its slice began */
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

/* An alarm that is set for an earlier time stays: it comes early, and is set again then. */
static inline void begin_slice(struct core *core, uint64_t start)
{
	slice_stamp(core, start);
	if (unlikely(start + core->slice < core->alarm))
		alarm_at(core, start + core->slice);
}

/* A goroutine that runs again is not preempted for a woken one until it has run for
 * CONFIG_LEAST_NS, or for an eighth of the time that it was kept from running. Of that time a
 * quarter of a slice counts at most. While woken goroutines must wait for their turn (turns.c) it
 * runs for a whole slice. */
static inline void protect(struct core *core, uint64_t now, uint64_t away)
{
	uint64_t most = core->slice / 4, run = (away < most ? away : most) / 8;

	if (run < core->least)
		run = core->least;
	core->plain = now + (unlikely(core->turns.strict) ? core->slice : run);
	core->plain_for = core->look > core->plain ? core->look - core->plain : 0;
}

/* Context: core stack. */
void resume(struct core *core, struct g *g)
{
	struct frame *f = (struct frame *)g->frame, *old = (struct frame *)core->arch.spare;
	uint64_t now = core->slice_start; /* the caller has just stamped it */

	g->frame = 0;
	turns_ran(&core->turns, g);
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
	if (unlikely(ipi_pending(core)))
		ipi_take(core);
}

/* A goroutine that is readied here preempts the next one as soon as it may, and what another core
 * asked for is served then too: so the alarm rings at once. Else it is set again, for it may have
 * rung.
 * Context: core stack. */
noinline void interrupts_between(struct core *core, uint64_t end)
{
	store_relaxed(&core->g, (struct g *)0);
	arch_self_set(&core->idle);
	interrupts_handle(core);
	alarm_by(core, core->woken || core->slow ? arch_cycles() : end);
}

static bool preemptible(struct core *core, struct g *g)
{
	if (g_off_depth(g))
		return false; /* 1 */
	if (!core->fresh && !(CONFIG_CHECK && rand_below(&core->rand, 8) == 0))
		core->fresh = slab_get(&preempt_frames);
	if (!core->fresh)
		count(&core->stats.refused); /* 2 */
	return core->fresh;
}

/* The interrupted goroutine runs on although another one should run. */
static void refuse(struct core *core, struct g *g)
{
	struct g *woken = take_woken(core, 0);

	if (woken)
		put_head(core, woken);
	idle_notify();
	g->preempt_pending = true;
	alarm_by(core, arch_cycles() + clock_ticks(CONFIG_PREEMPT_RETRY_NS));
}

/* The interrupted goroutine keeps the spare frame, which is complete. Its slice began at start;
 * start equal to now says that the slice is over. From here on g may be put where another core
 * finds it. */
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

/* At the end of a slice the goroutine in the next slot inherits nothing: it waits for its own
 * turn. */
static void send_next_to_tail(struct core *core)
{
	struct g *next = core->slow ? 0 : take_next(core);

	if (next)
		put_tail(core, next);
}

/* The slice is over, or the core is beyond the limit and g is not pinned to it. */
static void end_slice(struct core *core, struct g *g, uint64_t now)
{
	struct g *next;

	watch(core, now);
	turns_watch(core);
	send_next_to_tail(core);
	next = core->slow && !g->pin ? 0 : pick_anywhere(core);
	if (!next && !core->woken && (!core->slow || g->pin))
		return slice_begin(core, 0);
	arch_frame_keep(core->arch.spare);
	leave(core, g, now, now);
	global_put(g);
	run_woken(core, next);
}

/* Does what other cores have asked of this one. A core beyond the limit then hands its goroutines
 * to others. The interrupted goroutine goes too, as if its slice were over, unless it is pinned
 * here. No alarm is set for a slice that is over: such an alarm would be pending at once, and
 * kernel_interrupt, which lets a pending interrupt go first, would put off the end of the slice. */
static void serve(struct core *core)
{
	uint64_t now = arch_cycles();

	if (ipi_pending(core))
		ipi_take(core);
	if (!core->slow)
		return;
	limit_hand_over(core);
	if (!core->g->pin)
		slice_stamp(core, now - core->slice);
	else if (now - core->slice_start < core->enough)
		alarm_by(core, core->slice_start + core->slice);
}

/* Preempts the running goroutine, for any reason, or refuses. */
static noinline void preempt(struct core *core, uint64_t now)
{
	struct g *g = core->g;
	bool over = now - core->slice_start >= core->enough;

	bounds_check_interrupted(g, core->arch.spare);
	if (!preemptible(core, g))
		return refuse(core, g);
	if (!core->woken)
		return end_slice(core, g, now);
	arch_frame_keep(core->arch.spare);
	leave(core, g, now, over ? now : core->slice_start);
	if (over) {
		send_next_to_tail(core);
		global_put(g);
		pick_look(core);
	}
	run_woken(core, over ? 0 : g);
}

/* The running goroutine may not be preempted yet, so a woken goroutine waits in core->woken. It
 * goes to the ring instead if the wait is long and a sleeping core could run it. It goes to the
 * line if every woken goroutine waits for its turn now. */
static void hold_back(struct core *core, uint64_t now)
{
	uint64_t end = core->slice_start + core->slice;
	bool far = core->plain - now > core->least && load_relaxed(&idle.cores);

	if (core->turns.strict || (far && !core->woken->next && !core->woken->pin)) {
		struct g *woken = take_woken(core, 0);

		if (woken)
			put_head(core, woken);
		idle_notify();
	} else {
		pick_look(core);
		end = core->plain < end ? core->plain : end;
	}
	alarm_by(core, end);
}

/* For the less common cases: the slice is over, or the running goroutine is protected, or it is
 * time to ask whose turn it is. */
static noinline void decide(struct core *core, uint64_t now)
{
	if (now >= core->look) {
		core->look = now + core->slice;
		core->turns.looks++;
		if (now >= core->plain) {
			core->plain = now;
			core->plain_for = core->turns.strict ? 0 : core->slice;
		}
		pick_look(core);
	}
	if (now - core->slice_start >= core->enough)
		return preempt(core, now);
	if (!core->woken)
		return;
	if (now < core->plain)
		return hold_back(core, now);
	preempt(core, now);
}

/* Preempts for the usual reason: one goroutine was readied. The alarm is not later than the end of
 * the slice before, so it need not be set. */
static leaf noinline void preempt_for_woken(void)
{
	struct core *core = arch_core();
	struct g *g = core->g, *woken = core->woken;
	uint64_t now = arch_cycles();

	leave(core, g, now, core->slice_start);
	if (unlikely(!runq_push_head(&core->runq, g)))
		return run_woken(core, g);
	if (unlikely(load_full(&idle.cores))) /* I2 */
		return run_woken(core, 0);
	core->woken = 0;
	slice_stamp(core, now);
	run(core, woken);
}

/* It is a leaf, so it reads the core anew after each call.
 * Context: core stack, entered by the trap stub; returns to let the goroutine go on. */
leaf void kernel_interrupt(struct arch_frame *registers) /* the core's spare frame */
{
	struct core *core;
	struct g *g;
	uint64_t now;

	if (unlikely(bounds_suspect(registers)))
		bounds_check_interrupted(arch_self(), registers);
	board_interrupt();
	core = arch_core();
	if (unlikely(core->slow) || unlikely(ipi_pending(core)))
		serve(core);
	core = arch_core();
	g = core->g;
	if (unlikely(arch_irq_pending())) /* goes first; if it vanishes, the alarm is near */
		return alarm_by(core, arch_cycles() + clock_ticks(CONFIG_PREEMPT_RETRY_NS));
	now = arch_cycles();
	if (unlikely(now - core->slice_start >= core->enough) ||
	    unlikely(now - core->plain >= core->plain_for))
		return decide(core, now);
	if (!core->woken)
		return;
	if (unlikely(core->woken->next) || unlikely(core->woken->spent > now) ||
	    unlikely(g->preempt_off) || unlikely(g->pin) || unlikely(core->slow) ||
	    unlikely(!core->fresh) || (ARCH_LIMIT && unlikely(!stack_intact(g->stack))))
		return preempt(core, now);
	arch_frame_keep(core->arch.spare);
	preempt_for_woken();
}

/* Context: goroutine. */
void go_preempt_off(void)
{
	assert_that(++arch_self()->preempt_off & PREEMPT_OFF_MOST,
	            "go_preempt_off: 64 of them and no go_preempt_on");
	__asm__ volatile("" ::: "memory");
}

static void commit_give_way(void *g)
{
	put_away(g);
	schedule();
}

/* A goroutine whose preemption was refused gives way to all others now.
 * Context: goroutine; may park. */
void go_preempt_on(void)
{
	struct g *g = arch_self();

	__asm__ volatile("" ::: "memory");
	assert_that(g_off_depth(g), "go_preempt_on without go_preempt_off before it");
	g->preempt_off--;
	if (g_off_depth(g) == 0 && g->preempt_pending) {
		g->preempt_pending = false;
		arch_irq_off();
		bounds_check(g);
		arch_park(&g->context, commit_give_way, g);
		arch_irq_on();
	}
}

/* Preemption: what an interrupt does to the goroutine under it.
 *
 * An interrupt is taken only in goroutine code (the kernel runs masked), so it may leave the goroutine anywhere. The trap
 * stub has stored every register in the core's spare frame, and not one byte on the goroutine's stack. If the goroutine
 * goes on, that is all. If not, it takes the frame with it and the core takes a fresh one from the pool; what resumes it
 * makes its frame that core's spare, and gives the old spare back before the load, when nobody can be reading it.
 *
 * Preempting is a hint. preemptible() is the one predicate:
 *   1 the goroutine has not called go_preempt_off;
 *   2 there is a frame: a pool that is empty takes a page, so only when memory is gone there is none (counted).
 * If it fails the alarm is set 50 us ahead and g->preempt_pending makes go_preempt_on yield.
 *
 * Why an interrupt preempts:
 *   - it readied somebody: that goroutine runs now, and the interrupted one goes to the head of the ring with the rest of
 *     its slice. Further ones go before it, in the order in which they were readied;
 *   - the slice is over and there is other work, stolen if need be: the interrupted one goes to the global queue. With
 *     no other work it gets a new slice: a core that runs a hog still balances, at the end of each slice;
 *   - the core is beyond the limit of go_maxprocs.
 *
 * Rejected: preempting at safe points that the compiler inserts (every loop pays); saving the registers on the
 * goroutine's stack (every stack would need 800 bytes more for it). */
#include "atomic.h"
#include "clock.h"
#include "idle.h"
#include "mem.h"
#include "panic.h"
#include "rand.h"
#include "sched.h"
#include "skein.h"

/* What a goroutine that left by interrupt takes along. */
struct frame {
	struct arch_frame registers; /* first: arch knows a frame by this address */
	uint64_t used;               /* ticks of its slice */
};
_Static_assert(offsetof(struct frame, registers) == 0, "a frame is known by its registers' address");

static struct slab frames = SLAB(sizeof(struct frame));

static struct frame *frame_get(void)
{
	return slab_get(&frames, 0);
}

/* Context: any. */
const struct slab *preempt_frames(void)
{
	return &frames;
}

/* Context: boot, for each core. */
void preempt_init(struct core *core)
{
	struct frame *spare = frame_get();

	assert_that(spare, "preempt: no memory for a frame: the image leaves no RAM, see make MEM=");
	arch_spare_set(core, &spare->registers);
}

/* Context: core stack. */
void resume(struct core *core, struct g *g)
{
	struct frame *f = (struct frame *)g->frame, *old = (struct frame *)core->arch.spare;
	uint64_t end;

	g->frame = 0;
	core->slice_start = arch_cycles() - f->used;
	end = core->slice_start + slice_ticks(core);
	if (end < core->alarm)
		sched_alarm_at(core, end);
	slab_put(&frames, old);
	arch_resume(&f->registers);
}

/* Context: core stack. */
void interrupts_handle(struct core *core)
{
	struct g *g = arch_self();

	core->handling = core->slow = true;
	core->slice_over = false;   /* of one that was refused and has yielded since */
	arch_self_set(&core->idle); /* a handler's go has no business in the arguments of the goroutine under it */
	board_interrupt();
	arch_self_set(g);
	core->handling = false;
	core->slow = sched_off_duty(core);
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

/* A core that runs a goroutine and has not taken its alarm for a second is stuck with interrupts masked. One look a tick,
 * at each of the others in turn. */
static void watch(struct core *core, uint64_t now)
{
	struct core *other = &cores[core->watched++ % core_count];
	struct g *g = load_relaxed(&other->g);
	uint64_t alarm = load_relaxed(&other->alarm);

	if (other != core && g && alarm < now && clock_ns(now - alarm) > CONFIG_OVERDUE_NS)
		panic("core %u has not taken its alarm for %lld ms: goroutine %u on it masks interrupts, or "
		      "a handler on it does not return",
		      other->index, (long long)clock_ns(now - alarm) / 1000000, g->id);
}

/* The alarm rang; kernel_interrupt and the idle loop set the next one.
 * Context: core stack, from board_interrupt. */
void kernel_tick(void)
{
	struct core *core = arch_core();
	uint64_t now = board_clock();

	core->alarm = UINT64_MAX;
	timer_run(core, now);
	if (core->g && now - core->slice_start >= slice_ticks(core))
		core->slice_over = true;
	watch(core, now);
}

static struct frame *preemptible(struct core *core, struct g *g)
{
	struct frame *fresh;

	if (g->preempt_off)
		return 0; /* 1 */
	fresh = CONFIG_CHECK && rand_below(&core->rand, 8) == 0 ? 0 : frame_get();
	if (!fresh)
		core->stats.refused++; /* 2 */
	return fresh;
}

/* The interrupted goroutine runs on although somebody else should. */
static void refuse(struct core *core, struct g *g, uint64_t now)
{
	struct g *woken = interrupts_woken(core);

	if (woken)
		sched_put_head(core, woken);
	idle_notify();
	g->preempt_pending = true;
	sched_alarm_at(core, now + clock_ticks(CONFIG_PREEMPT_RETRY_NS));
}

static void new_slice(struct core *core, uint64_t now)
{
	core->slice_start = now;
	core->slice_over = false;
	sched_alarm(core, now);
}

/* The interrupted goroutine takes its frame along. From here on it may be put where another core finds it. */
static void leave(struct core *core, struct arch_frame *registers, struct frame *fresh, uint64_t now)
{
	struct frame *taken = (struct frame *)registers;

	arch_frame_keep(registers);
	taken->used = core->slice_over ? 0 : now - core->slice_start;
	core->g->frame = registers;
	arch_spare_set(core, &fresh->registers);
	core->stats.preemptions++;
}

static void switch_to(struct core *core, struct g *next, uint64_t now)
{
	idle_notify();
	core->g = next;
	new_slice(core, now);
	run(core, next);
}

static void run_woken(struct core *core, struct arch_frame *registers, struct frame *fresh, uint64_t now)
{
	leave(core, registers, fresh, now);
	if (core->slice_over)
		sched_put_back(core->g); /* at the head it would run for ever, if timers ring often enough */
	else
		sched_put_head(core, core->g);
	switch_to(core, interrupts_woken(core), now);
}

static void give_way(struct core *core, struct arch_frame *registers, struct frame *fresh, struct g *next, uint64_t now)
{
	leave(core, registers, fresh, now);
	sched_put_back(core->g);
	if (next)
		return switch_to(core, next, now);
	idle_notify();
	new_slice(core, now);
	schedule();
}

/* Context: core stack, entered by the trap stub; returns to let the goroutine go on. */
void kernel_interrupt(struct arch_frame *registers)
{
	struct core *core = arch_core();
	struct g *g = core->g, *next;
	bool must_leave;
	struct frame *fresh;
	uint64_t now;

	panic_stop_if_asked();
	interrupts_handle(core);
	now = arch_cycles();
	if (unlikely(core->slow))
		sched_hand_over(core);
	must_leave = core->slow && !g->pin;
	if (!core->woken && !core->slice_over && !must_leave) {
		if (core->alarm == UINT64_MAX)
			sched_alarm(core, now);
		return;
	}
	g_check(g);
	fresh = preemptible(core, g);
	if (!fresh) {
		refuse(core, g, now);
		return;
	}
	if (core->woken)
		return run_woken(core, registers, fresh, now);
	next = sched_other(core);
	if (next || must_leave)
		return give_way(core, registers, fresh, next, now);
	slab_put(&frames, fresh);
	new_slice(core, now);
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

/* Slices: how long a goroutine runs before another one has its turn, and the alarm that ends them.
 *
 * A switch only stamps the start of the slice. The alarm is not later than the end of the slice,
 * but for the 50 us that preempt.c may put it off; it comes early and is set again. */
#include "sched/slice.h"
#include "base/clock.h"
#include "sched/limit.h"

/* Context: boot. */
void slice_init(void)
{
	limit.cores = core_count;
	for (unsigned i = 0; i < core_count; i++) {
		cores[i].slice =
		    clock_ticks(CONFIG_SLICE_NS) + i * clock_ticks(CONFIG_SLICE_JITTER_NS);
		cores[i].least = clock_ticks(CONFIG_LEAST_NS) - 1;
		cores[i].enough = cores[i].slice - cores[i].least;
	}
}

/* At the first timer, at `end` at the latest; at once when there is more to hand over.
 * Context: core stack. */
void alarm_by(struct core *core, uint64_t end)
{
	uint64_t when = core->timers.first < end ? core->timers.first : end;

	if (unlikely(core->slow) && !runq_empty(&core->runq))
		when = arch_cycles();
	if (when != core->alarm)
		alarm_at(core, when);
}

/* The slice begins now, so the goroutine gets all of it, however long the way to here was. But what
 * the goroutine used before it slept, less the time that it slept, is taken off the slice. That
 * pays the debt (g->spent).
 * A goroutine that was preempted keeps its own account (frame).
 * Context: core stack. */
void slice_begin(struct core *core, struct g *g)
{
	uint64_t now = arch_cycles();

	core->slice_start = now;
	if (g && !g->frame && g->spent > now) {
		core->slice_start -= g->spent - now;
		g->spent = 0;
	}
	alarm_by(core, core->slice_start + core->slice);
}

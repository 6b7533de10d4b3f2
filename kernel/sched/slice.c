/* Slices: how long a goroutine runs before another one has its turn, and the alarm that ends them.
 *
 * A switch only stamps the start of the slice. The alarm is not later than the end of the slice, but
 * for the 50 us that preempt.c may put it off; it comes early and is set again. */
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
		cores[i].protected = cores[i].least;
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

/* From here on: however long the way to it was, the goroutine gets its slice. What it has used
 * before it slept counts, less what it has slept; one that was preempted knows that itself.
 * Context: core stack. */
void slice_begin(struct core *core, const struct g *g)
{
	uint64_t now = arch_cycles(), used = g && !g->frame && g->spent > now ? g->spent - now : 0;

	core->slice_start = now - used;
	alarm_by(core, core->slice_start + core->slice);
}

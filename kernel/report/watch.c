/* Finding a stuck core. Each core watches one of the others at a time. A core is stuck with
 * interrupts masked if it runs a goroutine and its alarm is past and has not changed for a second.
 * Nothing else would report such a core.
 *
 * A watcher looks at the end of a slice, or when it wakes from an idle second, and knows when its
 * next look is due. Time after that does not count. The watcher itself was late then, because a
 * debugger or a host stopped the whole machine or is slow, and the watched core had no more time
 * than the watcher. So the second is measured in the watcher's own time. */
#include "base/atomic.h"
#include "base/clock.h"
#include "base/panic.h"
#include "sched/above.h"

/* The next look is due in so many ticks.
 * Context: core stack. */
void watch_from(struct core *core, uint64_t now, uint64_t ticks)
{
	core->looked = now;
	core->look_due = now + ticks;
}

/* The watcher's own time since its last look. arch_cycles may be a little behind board_clock. */
static uint64_t own_time(const struct core *core, uint64_t now)
{
	uint64_t end = now < core->look_due ? now : core->look_due;

	return end > core->looked ? end - core->looked : 0;
}

static void watch_next(struct core *core)
{
	core->watched = core->watched + 1 < core_count ? core->watched + 1 : 0;
	core->watched_alarm = peek(&cores[core->watched].alarm);
	core->watched_for = 0;
}

/* A look. One that is torn (peek) differs from the next and only begins the second anew.
 * Context: core stack. */
void watch(struct core *core, uint64_t now)
{
	struct core *other = &cores[core->watched];
	struct g *g = load_relaxed(&other->g);
	uint64_t alarm = peek(&other->alarm);

	if (other != core && g && alarm < now && alarm == core->watched_alarm) {
		core->watched_for += own_time(core, now);
		if (clock_ns(core->watched_for) > CONFIG_OVERDUE_NS)
			panic("core %u has not taken its alarm for %lld ms: goroutine %u on it "
			      "masks interrupts, or a handler on it does not return",
			      other->index, (long long)clock_ns(core->watched_for) / 1000000,
			      g->id);
	} else {
		watch_next(core);
	}
	watch_from(core, now, core->slice);
}

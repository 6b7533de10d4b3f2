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

/* Of a core: whom it watches. Written by that core only, masked. */
static struct watcher {
	uint32_t watched;     /* another core */
	uint64_t alarm;       /* the watched core's, at the last look */
	uint64_t stands;      /* ticks of the watcher's own time for which that alarm is past */
	uint64_t looked, due; /* when: its last look, and its next one at the latest */
} line_begins watchers[CONFIG_CORES];

/* The next look is due in so many ticks.
 * Context: core stack. */
void watch_from(struct core *core, uint64_t now, uint64_t ticks)
{
	struct watcher *me = &watchers[core->index];

	me->looked = now;
	me->due = now + ticks;
}

/* The watcher's own time since its last look. arch_cycles may be a little behind board_clock. */
static uint64_t own_time(const struct watcher *me, uint64_t now)
{
	uint64_t end = now < me->due ? now : me->due;

	return end > me->looked ? end - me->looked : 0;
}

static void watch_next(struct watcher *me)
{
	me->watched = me->watched + 1 < core_count ? me->watched + 1 : 0;
	me->alarm = peek(&cores[me->watched].alarm);
	me->stands = 0;
}

/* A look. One that is torn (peek) differs from the next and only begins the second anew.
 * Context: core stack. */
void watch(struct core *core, uint64_t now)
{
	struct watcher *me = &watchers[core->index];
	struct core *other = &cores[me->watched];
	struct g *g = load_relaxed(&other->g);
	uint64_t alarm = peek(&other->alarm);

	if (other != core && g && alarm < now && alarm == me->alarm) {
		me->stands += own_time(me, now);
		if (clock_ns(me->stands) > CONFIG_OVERDUE_NS)
			panic("core %u has not taken its alarm for %lld ms: goroutine %u on it "
			      "masks interrupts, or a handler on it does not return",
			      other->index, (long long)clock_ns(me->stands) / 1000000, g->id);
	} else {
		watch_next(me);
	}
	watch_from(core, now, core->slice);
}

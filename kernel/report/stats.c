/* The counters of the cores. Each counter is written by its core alone and read here without a
 * lock. So every number is right, but not all numbers are of the same moment. */
#include "base/atomic.h"
#include "base/clock.h"
#include "memory/mem.h"
#include "sched/core.h"
#include "sched/grow.h"
#include "sched/preempt.h"
#include "sched/sched.h"
#include "sched/stack.h"
#include "skein.h"

_Static_assert(CONFIG_CORES <= sizeof((struct go_stats){0}.core) / sizeof(struct go_core_stats),
               "struct go_stats has a row for each core");

static go_time idle_time(const struct core *core)
{
	int64_t ticks = peek(&core->stats.idle);

	if (ticks < 0)
		ticks += board_clock();
	return ticks < 0 ? 0 : clock_ns(ticks);
}

static void read_core(struct go_core_stats *row, const struct core *core)
{
	row->runs = peek(&core->cache.died);
	row->switches = core_switches(core);
	row->steals = peek(&core->stats.steals);
	row->preemptions = peek(&core->stats.preemptions);
	row->refused = peek(&core->stats.refused);
	row->idle = idle_time(core);
}

/* Context: any. */
void go_stats_fill(struct go_stats *stats)
{
	struct stack_count stacks = stack_count();
	struct grow_count slots = grow_count();

	for (uint64_t *word = (uint64_t *)stats; word < (uint64_t *)(stats + 1); word++)
		*word = 0; /* an initializer may call memset */
	stats->cores = core_count;
	for (unsigned i = 0; i < core_count; i++)
		read_core(&stats->core[i], &cores[i]);
	stats->stacks = stacks.used + slots.used;
	stats->stacks_peak = stacks.peak + slots.made;
	stats->frames = load_relaxed(&preempt_frames.used);
	stats->frames_peak = load_relaxed(&preempt_frames.made);
	stats->memory_free = mem_free_bytes();
	stats->uptime = clock_ns(board_clock() - clock_rate.origin);
}

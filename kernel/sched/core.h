/* One of the two nouns: a core. */
#ifndef SKEIN_CORE_H
#define SKEIN_CORE_H
#include "arch.h"
#include "board.h"
#include "memory/lock.h"
#include "sched/g.h"
#include "sched/runq.h"
#include "sched/timer.h"

enum slow {
	HANDLING = 1, /* inside a device's handler, or a timer's function */
	BEYOND = 2,   /* it has seen that it is beyond the limit of go_maxprocs: limit.c */
};

struct core {
	struct arch_core arch; /* first: assembly knows its offsets */

	/* written by this core only, masked; others may peek for a report */
	struct g *g;              /* atomic: running; null while idle */
	struct arch_frame *fresh; /* the next spare frame, or null */
	/* readied by interrupts, last first, chained by g->next */
	struct g *woken;
	/* goroutines that run next although the ring has no place for them: pinned to this core, or
	 * with only the rest of a slice, or the ring was full; last first, chained by g->next */
	struct g *interrupted;
	/* ticks; differs from core to core: equal alarms starve one under exact replay */
	uint64_t slice;
	uint64_t least;  /* ticks that a preempted goroutine runs before it is preempted again */
	uint64_t enough; /* ticks after which a slice is over: for the rest no alarm is set */
	/* from `plain` on (arch_cycles()) a woken goroutine may preempt the running one; for the
	 * plain_for ticks after it, until `look`, an interrupt has nothing else to decide */
	uint64_t plain, plain_for;
	uint64_t gave_way;    /* arch_cycles() when core->woken last came before the ring */
	uint64_t look;        /* arch_cycles() from which the shared queues are looked at again */
	uint64_t slice_start; /* arch_cycles() when the running goroutine's slice began */
	uint64_t alarm;       /* what board_alarm was told */
	uint32_t looks;       /* how often this core has looked because a slice's time was over */
	uint32_t turns;       /* pick_turn: how often; every second one is for a pinned goroutine */
	/* watch_line: the goroutine that was last in the ring, and its index; and the numbers of
	 * the turn and of the look by which the line must have moved */
	struct g *last;
	uint32_t last_at, turns_by, looks_by;
	bool strict; /* woken goroutines must wait for their turn */
	unsigned index;
	uint32_t picks; /* picks left until the queues that cores share are looked at */
	uint32_t rand;
	/* watch.c: another core, its alarm, and ticks of this core's time that it stands still; this
	 * core's last look, and its next one at the latest */
	uint32_t watched;
	uint64_t watched_alarm, watched_for, looked, look_due;
	uint8_t slow; /* why ready() takes the long way: HANDLING, BEYOND, or 0 */
	/* goroutines with a default stack, to be used again: nfree of them, up to CONFIG_FREE_BATCH */
	struct g *free;
	struct g *full; /* CONFIG_FREE_BATCH more, or none */
	uint32_t nfree;
	uint32_t ids;        /* the first of a batch of ids */
	uint64_t made, died; /* goroutines; go_count sums over the cores */
	struct core_stats {
		uint64_t rounds;  /* of CONFIG_GLOBAL_EVERY picks: see core_switches */
		uint64_t skipped; /* picks by which rounds were cut short: pick_look */
		uint64_t steals, preemptions, refused;
		/* ticks spent idle; less the present time while it idles, so below 0 then */
		uint64_t idle;
	} stats;
	uint32_t up;      /* atomic: it has come to the scheduler */
	uint32_t stopped; /* atomic: it stands still for another core's panic */
	uint64_t trace;   /* CONFIG_TRACE: hash of this core's switches */

	/* shared */
	struct g *next;       /* atomic: the next slot, S2 S3 */
	struct gqueue pinned; /* guarded by SCHED: goroutines that run only here */
	struct timers timers; /* guarded by its own lock */
	struct runq runq;

	struct g idle;    /* arch_self() in a handler that interrupted nobody */
	struct held held; /* CHECK=1: of this core only */
};

/* Goroutines that this core has switched to: by its picks, and at the end of an interrupt. */
static inline uint64_t core_switches(const struct core *core)
{
	return peek(&core->stats.rounds) * CONFIG_GLOBAL_EVERY - peek(&core->stats.skipped) +
	       (CONFIG_GLOBAL_EVERY - core->picks) + peek(&core->stats.preemptions);
}

extern struct core cores[CONFIG_CORES];
extern unsigned core_count; /* cores that this program uses */

void core_prepare(unsigned index); /* at boot, before the address space */

/* trace.c, with CONFIG_TRACE: a hash of every switch. One seed gives one hash under exact
 * replay. */
void trace_switch(struct core *, struct g *);
uint64_t trace_hash(void); /* of all cores, while they stand still or nearly so */

#endif

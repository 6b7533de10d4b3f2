/* One of the two nouns: a core. */
#ifndef SKEIN_CORE_H
#define SKEIN_CORE_H
#include "arch.h"
#include "board.h"
#include "memory/lock.h"
#include "sched/g.h"
#include "sched/runq.h"
#include "sched/timer.h"
#include "sched/turns.h"

enum slow {
	HANDLING = 1, /* inside a device's handler, or a timer's function */
	BEYOND = 2,   /* it has seen that it is beyond the limit of go_maxprocs: limit.c */
};

/* Each field names the file that decides what it holds. boot/start.c and core.c give the first
 * values. */
struct core {
	struct arch_core arch; /* first: assembly knows its offsets */

	/* Mine: this core's, masked. Another core reads `index`, which never changes, and peeks at
	 * the counts of the cache. */

	unsigned index;       /* core.c */
	uint32_t rand;        /* rand_below; boot/start.c seeds it */
	struct g_cache cache; /* g.c, go.c */
	struct turns turns;   /* turns.c */
	/* pick.c: goroutines that run next although the ring has no place for them: pinned to this
	 * core, or with only the rest of a slice, or the ring was full; last first, chained by
	 * g->next */
	struct g *interrupted;
	uint64_t gave_way; /* arch_cycles() when core->woken last came before the ring */
	/* preempt.h adds, pick.c takes: goroutines that interrupts readied, last first, chained by
	 * g->next */
	struct g *woken;
	/* preempt.c */
	struct arch_frame *fresh; /* the next spare frame, or null */
	/* from `plain` on (arch_cycles()) a woken goroutine may preempt the running one; for the
	 * plain_for ticks after it, until `look`, an interrupt has nothing else to decide */
	uint64_t plain, plain_for;
	uint64_t look; /* arch_cycles() from which the shared queues are looked at again */
	/* slice.c: ticks; differs from core to core: equal alarms starve one under exact replay */
	uint64_t slice;
	uint64_t least;  /* ticks that a preempted goroutine runs before it is preempted again */
	uint64_t enough; /* ticks after which a slice is over: for the rest no alarm is set */
	uint64_t slice_start; /* arch_cycles() when the running goroutine's slice began */
	/* enum slow: why ready() takes the long way, or 0. irq.h writes HANDLING, limit.c BEYOND */
	uint8_t slow;

	/* Watched: only this core writes these, masked; others may peek. */

	struct g *g line_begins; /* pick.c, search.c; atomic: running; null while idle */
	uint64_t alarm;          /* slice.c: what board_alarm was told */
	uint32_t picks; /* pick.c: picks left until the queues that cores share are looked at */
	/* irq.c: atomic: the line whose handler runs here, plus 1; or 0: S11 S12 */
	uint32_t handles;
	struct core_stats {
		uint64_t rounds;  /* of CONFIG_GLOBAL_EVERY picks: see core_switches */
		uint64_t skipped; /* picks by which rounds were cut short: pick_look */
		uint64_t steals, preemptions, refused;
		/* ticks spent idle; less the present time while it idles, so below 0 then */
		uint64_t idle;
	} stats;

	/* Shared: atomic, or under a lock. */

	/* under SCHED: goroutines that run only here: global.c */
	struct gqueue pinned line_begins;
	uint32_t up;      /* atomic: it has come to the scheduler: boot/start.c */
	uint32_t stopped; /* atomic: it stands still for another core's panic: report/panic.c */
	struct timers timers line_begins; /* under its own lock: timer.c */
	struct g *next line_begins;       /* atomic: the next slot, S2 S3: pick.h, sched.c */
	struct runq runq;                 /* runq.h */

	struct g idle;    /* arch_self() in a handler that interrupted nobody */
	struct held held; /* CHECK=1: of this core only: memory/lock.c */
} line_begins;

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

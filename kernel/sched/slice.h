/* Slices and alarms: see slice.c. */
#ifndef SKEIN_SLICE_H
#define SKEIN_SLICE_H
#include "board.h"
#include "sched/core.h"

void slice_init(void);
/* Begins g's slice now, less what g used before a short sleep; g may be null. */
void slice_begin(struct core *, struct g *g);
/* Sets the alarm of this core, at end or before. */
void alarm_by(struct core *, uint64_t end);

/* The running goroutine's slice began at `start`. The alarm is not set.
 * Context: core stack. */
static inline void slice_stamp(struct core *core, uint64_t start)
{
	core->slice_start = start;
}

/* Context: any, masked. */
static inline void alarm_at(struct core *core, uint64_t when)
{
	poke(&core->alarm, when);
	board_alarm(when);
}

#endif

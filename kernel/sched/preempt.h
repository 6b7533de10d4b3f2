/* Preemption: see preempt.c. */
#ifndef SKEIN_PREEMPT_H
#define SKEIN_PREEMPT_H
#include "memory/mem.h"
#include "sched/core.h"

extern struct slab preempt_frames; /* for stats.c */

void preempt_init(struct core *);
void resume(struct core *, struct g *); /* runs a goroutine that left by interrupt */
void interrupts_handle(struct core *);  /* core stack: handles what is pending; fills core->woken */
/* The same between two goroutines, when the way there was long; the next one's slice ends at
 * `end`. */
void interrupts_between(struct core *, uint64_t end);

/* Handles what is pending in the middle of the end of a goroutine, which takes long.
 * Context: core stack. */
static inline void interrupts_amid(struct core *core)
{
	if (unlikely(arch_irq_pending()))
		interrupts_between(core, core->slice_start + core->slice);
}

/* Until then no woken goroutine preempts the one that runs next.
 * Context: core stack. */
static inline void preempt_not_before(struct core *core, uint64_t when)
{
	core->plain = when;
	core->plain_for = 0;
}

/* g runs when the interrupt is over.
 * Context: core stack, in an interrupt. */
static inline void woken_by_interrupt(struct core *core, struct g *g)
{
	g->next = core->woken;
	core->woken = g;
}

/* Handles a pending interrupt during a search. True: a goroutine has been readied.
 * Context: core stack. */
static inline bool interrupts_poll(struct core *core)
{
	if (unlikely(arch_irq_pending()))
		interrupts_handle(core);
	return core->woken;
}

#endif

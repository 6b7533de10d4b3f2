/* Preemption: see preempt.c. */
#ifndef SKEIN_PREEMPT_H
#define SKEIN_PREEMPT_H
#include "memory/mem.h"
#include "sched/core.h"

extern struct slab preempt_frames; /* for stats.c */

void preempt_init(struct core *);
void resume(struct core *, struct g *); /* runs a goroutine that left by interrupt */
void interrupts_handle(struct core *);  /* core stack: handles what is pending; fills core->woken */
void interrupts_run_woken(struct core *, struct g *); /* runs the first of core->woken, before g */
/* Takes those that interrupts have readied. Returns the first of them; the others go to the head of the
 * ring, in front of g, which may be null. Returns g when none was readied, and null when this core is
 * beyond the limit of go_maxprocs and may not run the one that it found. */
struct g *interrupts_woken(struct core *, struct g *);

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

/* Sleep and wake: the protocol between a core that runs out of work and a core that makes work. */
#ifndef SKEIN_IDLE_H
#define SKEIN_IDLE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/atomic.h"
#include "base/hot.h"
#include "skein.h"

struct idle {
	uint32_t cores; /* atomic: a bit for each core that sleeps or is about to: I1 I2 */
	/* atomic: cores that look for work, woken ones that have not begun included: I3 I4 */
	uint32_t searching;
	uint32_t wakes; /* atomic: how often a core has ceased to be published as asleep: S6 */
} line_begins;
extern struct idle idle;

void idle_search(void);         /* this core begins to look for work beyond its own queue */
void idle_found(unsigned core); /* a searcher found work */
/* a searcher found nothing. True: the core may wait for an interrupt, then calls idle_leave; false:
 * there is work, and the core is still a searcher */
bool idle_enter(unsigned core);
void idle_leave(unsigned core); /* the core is awake, and a searcher */
void idle_woke(void);           /* before anything else that a core does when it wakes */
void idle_wake(void);           /* wakes one core to search, unless some core searches already */

/* Answered by the scheduler, with full loads: is there work that this core may run? */
bool idle_work(unsigned core);

/* Sees to it that some core finds the work that was just published by a full operation.
 * Context: any, masked. */
static inline void idle_notify(void)
{
	if (load_full(&idle.cores) != 0) /* I2 */
		idle_wake();
}

#endif

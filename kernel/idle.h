/* Who sleeps and who is woken: the protocol between a core that runs out of work and one that
 * makes some. */
#ifndef SKEIN_IDLE_H
#define SKEIN_IDLE_H
#include <stdbool.h>
#include <stdint.h>
#include "atomic.h"

struct idle {
	uint32_t cores; /* atomic: a bit for each core that sleeps or is about to: I1 I2 */
	/* atomic: cores that look for work, woken ones that have not begun included: I3 I4 */
	uint32_t searching;
};
extern struct idle idle;

void idle_search(void);         /* this core begins to look for work beyond its own queue */
void idle_found(unsigned core); /* a searcher found work */
/* a searcher found nothing. True: it may wait for an interrupt, then idle_leave; false: there is
 * work, and it is still a searcher */
bool idle_enter(unsigned core);
void idle_leave(unsigned core); /* it is awake, and a searcher */
void idle_wake(void);           /* wakes one core to search, unless some core searches already */

/* asked of the scheduler: is there work that this core may run, with full loads */
bool idle_work(unsigned core);

/* Work was published, by a full operation: see that somebody will find it.
 * Context: any, masked. */
static inline void idle_notify(void)
{
	if (load_full(&idle.cores) != 0) /* I2 */
		idle_wake();
}

#endif

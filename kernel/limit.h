/* The limit of go_maxprocs: cores below it run what is not pinned elsewhere. */
#ifndef SKEIN_LIMIT_H
#define SKEIN_LIMIT_H
#include "core.h"

extern struct limit {
	uint32_t cores;  /* atomic: S4 */
	uint32_t kept;   /* atomic: a bit for each core that runs only what is pinned to it: S4 */
	uint32_t asleep; /* atomic: a bit for each of those that sleeps: I1 */
} limit;

void limit_see(struct core *);       /* an interrupt ends: this core acts as the limit says */
void limit_hand_over(struct core *); /* one beyond the limit gives some of its work away */

static inline bool limit_passed(const struct core *core)
{
	return core->index >= load_relaxed(&limit.cores);
}

#endif

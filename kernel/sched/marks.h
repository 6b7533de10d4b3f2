/* How much of their stacks goroutines were seen to use, by creation site: skein.marks=1. */
#ifndef SKEIN_MARKS_H
#define SKEIN_MARKS_H
#include <stdbool.h>
#include <stdint.h>

struct g;
struct mark {
	uintptr_t site;
	uint32_t used, size; /* in bytes; size of the stack, 0: nothing was seen */
};

extern bool marks_on;
bool marks_begin(void); /* false: no memory */
void mark_stack(const struct g *);
const struct mark *mark_next(const struct mark *); /* null begins and ends */

#endif

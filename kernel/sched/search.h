/* A core without work searches, then sleeps: search.c. */
#ifndef SKEIN_SEARCH_H
#define SKEIN_SEARCH_H
#include "sched/core.h"

void search(struct core *); /* runs what it finds; sleeps until then. Does not return */
/* True when no core's ring or next slot holds work. False too when an interrupt is pending: it
 * brings work, or the core looks again. */
bool search_rings_empty(void);

#endif

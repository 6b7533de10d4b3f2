/* With CONFIG_TRACE, a hash of every switch: one seed gives one hash under exact replay. */
#ifndef SKEIN_TRACE_H
#define SKEIN_TRACE_H
#include <stdint.h>

struct core;
struct g;

void trace_switch(struct core *, struct g *);
uint64_t trace_hash(void); /* of all cores, while they stand still or nearly so */

#endif

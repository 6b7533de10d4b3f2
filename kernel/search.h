/* Work for a core that has none at hand: search.c. */
#ifndef SKEIN_SEARCH_H
#define SKEIN_SEARCH_H
#include "core.h"

void search(struct core *);           /* runs what it finds; sleeps until then */
struct g *search_once(struct core *); /* one look everywhere; null: nothing */
/* whose turn it is in this core's line, the goroutines pinned to it included; null: nobody's */
struct g *search_turn(struct core *);

#endif

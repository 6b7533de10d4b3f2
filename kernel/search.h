/* Work for a core that has none at hand: search.c. */
#ifndef SKEIN_SEARCH_H
#define SKEIN_SEARCH_H
#include "core.h"

void search(struct core *);             /* runs what it finds; sleeps until then */
struct g *search_once(struct core *);   /* one look everywhere; null: nothing */
struct g *search_shared(struct core *); /* at the pinned and the global queue only */

#endif

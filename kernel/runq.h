/* A core's run queue: a bounded ring of runnable goroutines. The owner pushes and pops, anyone steals half. */
#ifndef SKEIN_RUNQ_H
#define SKEIN_RUNQ_H
#include <stdbool.h>
#include <stdint.h>
#include "config.h"

struct g;

struct runq {
	uint32_t head; /* atomic: low 16 bits index, high 16 count push_head: Q2 Q3 Q4 */
	uint32_t tail; /* atomic, written by the owner only: Q1 Q5 */
	struct g *slot[CONFIG_RING]; /* atomic, written by the owner only */
};

bool runq_push(struct runq *, struct g *);      /* at the tail; false: full */
bool runq_push_head(struct runq *, struct g *); /* runs before the rest; false: full */
struct g *runq_pop(struct runq *);              /* from the head; null: empty */
struct g *runq_steal(struct runq *own, struct runq *victim); /* half of victim's: one to run, the rest into own */
struct g *runq_spill(struct runq *, unsigned *n, struct g **last); /* the first few, chained by g->next */
bool runq_empty(struct runq *);                 /* any core; exact for work published before a full operation */

#endif

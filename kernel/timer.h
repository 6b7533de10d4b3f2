/* Timers: a heap a core, of moments at which a waiting goroutine is claimed. */
#ifndef SKEIN_TIMER_H
#define SKEIN_TIMER_H
#include <stdbool.h>
#include <stdint.h>
#include "lock.h"

struct g;
struct core;

/* Lives in the waiting goroutine's frame. Guarded by the lock of the heap that it is in. */
struct timer_node {
	uint64_t when;  /* ticks of board_clock */
	struct g *g;    /* claimed then, with RESULT_TIMEOUT */
	uint32_t place; /* index in the heap, TIMER_OUT when in none */
	uint32_t core;  /* whose heap */
};
#define TIMER_OUT UINT32_MAX

struct timer_entry {
	uint64_t when;
	struct timer_node *node;
};

struct timers {
	uint64_t first; /* the owner's: see timer.c */
	struct lock lock;
	/* guarded by lock */
	unsigned n;                   /* atomic when looked at without the lock */
	uint32_t pages;               /* of entries: they are kept */
	struct timer_entry **root[8]; /* pages of pointers to pages of entries */
};

void timer_init(struct timers *);
/* masked: into this core's heap */
void timer_start(struct timer_node *, struct g *, uint64_t when);
/* after it, no claim of this node is under way */
void timer_cancel(struct timer_node *);

#endif

/* Timers: each core has a heap of times at which a waiting goroutine is claimed or a function is
 * called. */
#ifndef SKEIN_TIMER_H
#define SKEIN_TIMER_H
#include <stdbool.h>
#include <stdint.h>
#include "memory/lock.h"
#include "skein.h"

struct g;
struct core;

/* The place of a node in no heap, and a moment that does not come. struct timer_node stands in
 * skein/time.h, because a program's timers hold one. */
#define TIMER_OUT 0
#define NEVER UINT64_MAX

/* What a node does. With 0 it claims g. */
enum timer_how {
	TIMER_CALLS = 1, /* `due` is valid, not g */
	TIMER_BUBBLED =
	    2, /* it was last started in a bubble: that one's heap has it, not a core's */
};

struct timer_entry {
	uint64_t when;
	struct timer_node *node;
};

struct timers {
	uint64_t first;            /* the owner's: see timer.c */
	uint64_t rested;           /* the owner's: the end of the last rest (timer_rest) */
	struct timer_node *firing; /* atomic: T2 T3: its function runs now */
	struct lock lock;
	/* guarded by lock */
	unsigned n;                   /* atomic when looked at without the lock */
	uint32_t arrived;             /* of a bubble: more entries, behind these and in no order */
	uint32_t pages;               /* of entries; never given back */
	struct timer_entry **root[8]; /* pages of pointers to pages of entries */
};

void timer_init(struct timers *);
/* one of the n in the heap, and of those that have arrived */
struct timer_node *timer_at(struct timers *, unsigned i);
/* Puts the node, which lies in g's frame, into this core's heap: at `when` the timer claims g. */
void timer_start(struct timer_node *, struct g *, uint64_t when);
/* Puts the node into this core's heap: at `when` due(node) runs, as an interrupt handler does, but
 * without floating point. due may start the node again. */
void timer_call(struct timer_node *, void (*due)(struct timer_node *), uint64_t when);
/* For a node's function that has started its node again and was `late` ticks late, more than its
 * period: lets goroutines run before this core's next timer. */
void timer_rest(uint64_t late);
/* On return no claim and no call of this node is under way or to come. Waits, masked, while the
 * node's function runs on another core. So timer_cancel must not be called by that function, by a
 * handler, or by a holder of a lock that the function takes. */
void timer_cancel(struct timer_node *);
/* The same; true: the node was in a heap, so its function has not been called for that moment. */
bool timer_withdraw(struct timer_node *);
/* The same for a node that is, or was, in this heap of a bubble. Context: core stack. */
bool timer_withdraw_from(struct timers *, struct timer_node *);
/* Puts off a node that has a function, if that function does not start the node again.
 * TIMER_PUT_OFF: done. TIMER_GONE: the node is in no heap, and its function does not run.
 * TIMER_STANDS: nothing was done, because the node is to fire earlier than before, or its function
 * runs, or another core holds the heap's lock. Then the caller withdraws the node. */
enum timer_state { TIMER_PUT_OFF, TIMER_STANDS, TIMER_GONE };
enum timer_state timer_put_off(struct timer_node *, uint64_t when);

#endif

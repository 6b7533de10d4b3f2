/* What the scheduler asks of the floors above it. */
#ifndef SKEIN_ABOVE_H
#define SKEIN_ABOVE_H
#include "sched/core.h"
#include "skein.h"

struct bubble;

/* Upward. */

/* report/deadlock.c: this core is about to sleep */
void deadlock_check(struct core *);
/* report/watch.c: is another core stuck? watch_from: the next look is due in so many ticks */
void watch(struct core *, uint64_t now);
void watch_from(struct core *, uint64_t now, uint64_t ticks);
/* report/dump.c: goroutines wait for each other's mutexes, this one the last */
void report_cycle(const struct g *);
/* lib/libc: takes its state back from a goroutine that ends */
void libc_release(void *reent);

/* sync/bubble.c: for goroutines of a bubble. park and park_until; `end` is of the bubble's clock */
void bubble_park(enum why, void (*commit)(void *), void *arg, const void *object);
void bubble_park_until(enum why, void (*commit)(void *), void *arg, const void *object,
                       uint64_t end);
/* whoever is about to ready a goroutine counts it first, if its wait was counted */
void bubble_wakes(struct g *);
/* a goroutine that this one makes is of the same bubble */
void bubble_joins(struct g *);
void bubble_left(struct bubble *); /* core stack: a goroutine of it has ended */
/* the bubble's clock: now, and when a limit that begins now has passed; ns */
go_time bubble_now(void);
uint64_t bubble_deadline(go_time limit);
void bubble_sleep(go_time, struct timer_node *);
/* the heap of a timer that was started in a bubble */
struct timers *bubble_timers(const struct timer_node *);

#endif

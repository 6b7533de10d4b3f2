/* An arch, a board and memory for kernel files under the explorer: each thread is a core. */
#ifndef EXPLORE_MACHINE_H
#define EXPLORE_MACHINE_H
#include "base/atomic.h"
#include "sched/core.h"
#include "explore.h"
#include "skein.h"

/* The first that a thread runs; no other one exists. */
extern struct g goroutine[EXPLORE_THREADS];

/* What the clock says to each thread. */
extern uint64_t machine_time[EXPLORE_THREADS];

/* Before each execution: all is as after boot, goroutine i runs on core i. */
void machine_init(void);

void machine_be_core(unsigned core); /* this thread goes on as another core */

/* main's: explores n scenarios, each of which begins with init unless it has its own. The exit
 * status. */
int machine_explore(void (*init)(void), const struct explore_scenario *, unsigned n);

/* Set in init, to be locked: what a thread waits for with explore_lock until another one unlocks
 * it. */
enum { SHUT = 1 };

#endif

/* An arch, a board and a scheduler for kernel files under the explorer, of which each thread is a
 * core that runs one goroutine. Who is readied goes on in its own thread. */
#ifndef EXPLORE_MACHINE_H
#define EXPLORE_MACHINE_H
#include "atomic.h"
#include "chan.h"
#include "core.h"
#include "explore.h"
#include "sched.h"
#include "skein.h"
#include "waiter.h"

extern struct g goroutine[EXPLORE_THREADS];

/* What the clock says to each thread. */
extern uint64_t machine_time[EXPLORE_THREADS];

/* Before each execution: all is as after boot, every goroutine runs on its own core. */
void machine_init(void);

/* A thread's body that is core 0 once thread 0 has left it by a park: takes its alarm, and runs
 * whom that wakes. Whoever wakes thread 0, it goes on on a core of its own. */
void machine_alarm(void);

/* Waits until thread 0 has parked. */
void machine_await_park(void);

/* main's: explores n scenarios, each of which begins with init unless it has its own. The exit status. */
int machine_explore(void (*init)(void), const struct explore_scenario *, unsigned n);

/* Set in init, to be locked: what a thread waits for with explore_lock until another one unlocks it. */
enum { SHUT = 1 };

#endif

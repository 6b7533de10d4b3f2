/* In place of the scheduler: each thread is one goroutine, on a core of its own. Who is readied goes on
 * in its own thread. */
#ifndef EXPLORE_GOROUTINES_H
#define EXPLORE_GOROUTINES_H
#include "machine.h"
#include "sync/chan.h"
#include "sched/sched.h"
#include "sync/waiter.h"

void goroutines_init(void); /* calls machine_init */

/* A thread's body that is core 0 once thread 0 has left it by a park: takes its alarm, and runs
 * whom that wakes. Whoever wakes thread 0, it goes on on a core of its own. */
void goroutines_alarm(void);

/* Waits until thread 0 has parked. */
void goroutines_await_park(void);

#endif

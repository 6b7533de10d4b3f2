/* A wait queue: goroutines that wait in line, each with a limit or none. Package sync is
 * built on it: its types define the queue's word. Its lock (SYNC) guards the line and whatever they
 * say. */
#ifndef SKEIN_WAITQ_H
#define SKEIN_WAITQ_H
#include "base/atomic.h"
#include "memory/lock.h"
#include "sched/g.h"
#include "skein.h"

/* A goroutine in a line. The node lies on its stack. A node in no line points to itself. */
struct go_waiter {
	struct go_waiter *next, *before;
	struct g *g;
	uint64_t since; /* arch_cycles() when it first waited; 0: it has not waited yet */
};

static inline void waitq_lock(struct go_waitq *q)
{
	lock((struct lock *)&q->lock, RANK_SYNC);
}

static inline void waitq_unlock(struct go_waitq *q)
{
	unlock((struct lock *)&q->lock);
}

/* With the lock. */
static inline void waitq_take_out(struct go_waitq *q, struct go_waiter *w)
{
	*(w->before ? &w->before->next : &q->first) = w->next;
	*(w->next ? &w->next->before : &q->last) = w->before;
	w->next = w;
}

/* Waits until a waker claims w, or until `end` (deadline): then g->result is RESULT_TIMEOUT. Called
 * with the lock; returns without it. The goroutine waits last in line, or first if it has waited
 * before with the same node. */
void waitq_wait(struct go_waitq *, enum why, struct go_waiter *w, uint64_t end);
/* With the lock: puts this goroutine last in line. */
void waitq_join(struct go_waitq *, struct go_waiter *w);
/* With the lock: what waitq_wait does for one that is in line. Returns without the lock, masked. */
void waitq_park(struct go_waitq *, enum why, uint64_t end);
/* With the lock, after a timeout: takes w off the line, if it is still there. */
void waitq_leave(struct go_waitq *, struct go_waiter *w);

/* With the lock: is w, which was in line, still there? */
static inline bool waitq_listed(const struct go_waiter *w)
{
	return w->next != w;
}

/* With the lock: takes w, which is listed, off the line. True: and has claimed it. False: its timer
 * was first. */
static inline bool waitq_take(struct go_waitq *q, struct go_waiter *w)
{
	waitq_take_out(q, w);
	return cas_relaxed(&w->g->claim, CLAIM_OPEN, CLAIM_TAKEN);
}

/* With the lock: claims the first waiter that can be claimed, and takes it off the line. Returns
 * null when the line is empty. Returns null too when none of the first few can be claimed and the
 * line is not empty: then the caller lets interrupts have their turn, and calls again. */
struct go_waiter *waitq_claim(struct go_waitq *);
/* Without the lock: wakes all waiters. All are claimed before the first is readied, so the queue
 * may lie on a waiter's stack. When the line is empty it takes these bits off the word, still under
 * the lock. */
void waitq_wake_all(struct go_waitq *, uint32_t bits);

/* The same as mutex_lock_for, with a deadline: for what is built on a mutex. */
bool mutex_lock_until(struct mutex *, uint64_t end);

#endif

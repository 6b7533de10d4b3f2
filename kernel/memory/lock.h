/* Spinlocks: test and test-and-set, with a hint to the machine while waiting. A lock is taken with
 * interrupts masked.
 *
 * Rejected: ticket locks. When the host deschedules a thread of QEMU the queue behind it stands
 * still.
 *
 * Orders
 *   L1 acquire  word in lock    <- L2   what the last holder wrote is visible
 *   L2 release  word in unlock  -> L1 */
#ifndef SKEIN_LOCK_H
#define SKEIN_LOCK_H
#include <stdbool.h>
#include <stdint.h>
#include "base/atomic.h"
#include "base/config.h"
#include "base/hot.h"

/* The total order of the kernel's locks: a core takes them in rising rank only. CHECK=1 proves
 * it at run time. */
enum rank {
	RANK_NONE,
	RANK_ALARM, /* a program's timer: who arms and stops it */
	RANK_CHAN,  /* a channel: its buffer and its two wait lists */
	RANK_SYNC,  /* the waiters of an object of package sync */
	RANK_TIMER, /* a core's timer heap */
	/* the global queue, the pinned queues, the table of lines */
	RANK_SCHED,
	RANK_POOL,  /* a slab */
	RANK_ARENA, /* a stretch of the arena: its tables */
	RANK_PAGES, /* the page allocator */
	RANK_OUT,   /* the console */
};

struct lock {
	uint32_t word; /* atomic: L1 L2 */
};

void lock_wait(struct lock *, enum rank);    /* the slow path */
void lock_checked(struct lock *, enum rank); /* CHECK=1: the rank must rise */
void unlock_checked(struct lock *);
void lock_none_held(const char *what); /* CHECK=1: panics when this core holds a lock */

/* CHECK=1: the locks that a core holds, in the order in which it took them. */
struct held {
	struct lock *lock[16];
	uint8_t rank[16];
	unsigned n;
};

/* Context: any, masked. */
static inline bool lock_try(struct lock *l)
{
	return swap_acquire(&l->word, 1) == 0; /* L1 */
}

/* Context: any, masked. */
static inline void lock(struct lock *l, enum rank rank)
{
	if (CONFIG_CHECK)
		lock_checked(l, rank);
	if (__builtin_expect(!lock_try(l), 0))
		lock_wait(l, rank);
}

/* After lock_try, of a lock whose rank was not checked.
 * Context: any, masked. */
static inline void unlock_tried(struct lock *l)
{
	store_release(&l->word, 0); /* L2 */
}

/* Context: any, masked. */
static inline void unlock(struct lock *l)
{
	if (CONFIG_CHECK)
		unlock_checked(l);
	unlock_tried(l);
}

/* Upward. */

struct held *core_held(void); /* of this core. Context: masked */

#endif

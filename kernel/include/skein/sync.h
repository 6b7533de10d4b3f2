/* Go's package sync, and its weighted semaphore. skein.h includes this header.
 *
 * A zeroed object of each type is ready for use. An object must not be copied once it is in use.
 * What a goroutine did before it let an object go (unlock, release, done, signal, put) is visible
 * to whoever then gets it. A call with a limit returns false when the limit has passed. Limits,
 * panics and "Handlers too" are as in skein.h. */
#ifndef SKEIN_SYNC_H
#define SKEIN_SYNC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t go_time; /* nanoseconds: skein.h */

/* Waiting goroutines in a line, and a word with the state that they wait for. */
struct go_waitq {
	uint32_t word; /* atomic */
	uint32_t lock;
	struct go_waiter *first, *last;
};

/* As sync.Mutex: any goroutine may unlock, and one that locks twice deadlocks. Fair: a goroutine
 * that has waited for over 1 ms is served next. Once nobody waits for it, the mutex_unlock of the
 * last holder does not touch the mutex after it is free, so that the next holder may free its
 * memory. In a build with CHECK=1 goroutines that wait for
 * each other's mutexes are reported on the console as soon as the last one waits, whatever else
 * runs. The program goes on, because another goroutine might unlock one of the mutexes. */
struct mutex {
	struct go_waitq waitq; /* word: 1 locked, 2 a goroutine waits */
#if CONFIG_CHECK
	struct g *holder; /* kernel/sync/cycle.c */
	unsigned holder_id;
#endif
};
static inline void mutex_lock(struct mutex *);
static inline bool mutex_try_lock(struct mutex *);
bool mutex_lock_for(struct mutex *, go_time limit);
static inline void mutex_unlock(struct mutex *); /* panics when not locked */

/* The last wg_done does not touch the waitgroup once the waiters can run, so a waitgroup may lie on
 * a waiter's stack. */
struct waitgroup {
	struct go_waitq waitq; /* word: the count; top bit: a goroutine waits */
};
/* Adds n, which may be negative. Panics when the count falls below 0 or exceeds INT32_MAX. Handlers
 * too; a handler that brings the count to 0 stays masked while it wakes all waiters. */
void wg_add(struct waitgroup *, int n);
void wg_done(struct waitgroup *); /* wg_add(wg, -1). Handlers too */
void wg_wait(struct waitgroup *); /* waits until the count is 0 */
bool wg_wait_for(struct waitgroup *, go_time limit);
/* wg_go(&wg, f, ...): calls wg_add, then starts a goroutine that calls f(...) and then wg_done,
 * also when f ends in go_exit. */

/* once_do(&o, f): the first call on o runs f(). Every call returns after f has returned or ended in
 * go_exit. An f that calls once_do on o deadlocks, as in Go. A once may go when every call on it
 * has returned: the call that runs f still unlocks the mutex when the others return. */
struct once {
	struct mutex mutex;
	uint32_t done; /* atomic */
};
static inline void once_do(struct once *, void (*f)(void));

/* A count for each core, in a cache line of its own. Where memory has no caches, one count serves
 * all cores. */
#if __has_include(<skein/board.h>)
#include <skein/board.h> /* of an installed tree: the number that its kernel was built with */
#endif
#ifndef CONFIG_CORES
#define CONFIG_CORES 16
#endif
#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
#define GO_SLOTS 1
#define GO_LINE 4
#else
#define GO_SLOTS CONFIG_CORES
#define GO_LINE 64
#endif
#define GO_LISTS CONFIG_CORES
struct go_slot {
	uint32_t word; /* atomic */
} __attribute__((aligned(GO_LINE)));

/* As sync.RWMutex: many readers or one writer. A writer that waits stops new readers; readers that
 * waited go before the next writer. So a goroutine that reads must not lock to read again. Any
 * goroutine may unlock. Readers on different cores write to different cache lines, for which this
 * takes 64 bytes a core (but 4 in all on ARMv8-M). A rwmutex may go when every call on it has
 * returned: readers may lock while the writer before them is still in rwmutex_unlock. */
struct rwmutex {
	struct go_slot slot[GO_SLOTS];
	struct mutex writers;
	struct go_waitq waitq; /* the readers that wait; word: a writer waits, or writes */
	struct g *writer;      /* the writer that waits for readers to leave, or null */
	int32_t readers;       /* readers that no slot counts */
};
static inline void rwmutex_rlock(struct rwmutex *);
static inline bool rwmutex_try_rlock(struct rwmutex *);
bool rwmutex_rlock_for(struct rwmutex *, go_time limit);
static inline void rwmutex_runlock(struct rwmutex *); /* panics when no reader has locked */
void rwmutex_lock(struct rwmutex *);
bool rwmutex_try_lock(struct rwmutex *);
bool rwmutex_lock_for(struct rwmutex *, go_time limit);
void rwmutex_unlock(struct rwmutex *); /* panics when no writer has locked */

/* As sync.Cond. A goroutine that waits holds m; the wait unlocks m, and locks it again before it
 * returns. A signal wakes the goroutine that has waited longest, a broadcast all who wait. The
 * caller of these may hold m, but need not. Nobody wakes unless signalled; still the condition may
 * be false again by then, so wait in a loop. Panics when m is not locked. A cond may go when every
 * call on it has returned. */
struct cond {
	struct go_waitq waitq; /* word: broadcasts */
};
void cond_wait(struct cond *, struct mutex *m);
/* False when limit has passed; m is locked then too. With a limit of 0 or below m is not let go. */
bool cond_wait_for(struct cond *, struct mutex *m, go_time limit);
void cond_signal(struct cond *);    /* Handlers too */
void cond_broadcast(struct cond *); /* Handlers too; a handler stays masked while it wakes all */

/* As golang.org/x/sync/semaphore: permits, of which a goroutine takes n at a time. A zeroed
 * semaphore has none; SEMA(n) is the initializer of one with n, and sema_release adds some. First
 * come, first served: nobody gets a permit while another goroutine waits, so a goroutine that wants
 * many does not starve. Once the goroutine that takes the last permit can run, the sema_release of
 * that permit does not touch the semaphore any more. So a semaphore may lie on a waiter's stack. */
struct sema {
	struct go_waitq waitq; /* word: permits; SEMA_WAITED: a goroutine waits */
	uint32_t permits;      /* under the lock, while a goroutine waits */
};
#define SEMA(n)                   \
	{                         \
		{(n), 0, 0, 0}, 0 \
	}
#define SEMA_MOST 0x3fffffff /* permits for one call: an n above it panics */
static inline void sema_acquire(struct sema *, uint32_t n);
static inline bool sema_try_acquire(struct sema *, uint32_t n);
bool sema_acquire_for(struct sema *, uint32_t n, go_time limit);
/* Panics when this would make more than INT32_MAX permits. Handlers too; a handler stays masked
 * while it wakes all whom the permits serve. */
static inline void sema_release(struct sema *, uint32_t n);

/* As sync.Pool, of blocks of one size: struct pool p = POOL(sizeof(struct job)). A zeroed pool has
 * blocks of 64 bytes. A block is aligned for every type, and as its size if that is a power of two
 * up to 4096. A block from pool_get holds arbitrary bytes. Each core has a list of its own; a core
 * whose list is empty takes another core's before it takes memory. A pool never gives memory back
 * but by pool_drain. It takes 64 bytes a core (4 on ARMv8-M). */
struct pool {
	struct go_list {
		void *blocks; /* atomic */
	} __attribute__((aligned(GO_LINE))) list[GO_LISTS];
	size_t size;
};
#define POOL(n)            \
	{                  \
		{{0}}, (n) \
	}
void *pool_get(struct pool *);        /* null: out of memory */
void pool_put(struct pool *, void *); /* a block of this pool, or null, which does nothing */
/* Gives the memory of all blocks back that are in the pool, for one that is used no more. */
void pool_drain(struct pool *);

#ifdef __cplusplus
}
#endif
#include "skein/sync_impl.h"
#endif

/* kernel/base/atomic.h for the explorer: each operation is a call of the engine. All orders exist for
 * every operation, since weaken.py asks for orders that the kernel does not use. */
#ifndef EXPLORE_ATOMIC_IMPL_H
#define EXPLORE_ATOMIC_IMPL_H
#include "explore.h"

/* A statement expression, so that nobody must use the result. */
#define explore_rmw(k, o, p, v, e)                                                     \
	({                                                                             \
		(__typeof__(*(p)))(uintptr_t)explore_call(                             \
		    k, o, p, sizeof(*(p)), (uint64_t)(uintptr_t)(__typeof__(*(p)))(v), \
		    (uint64_t)(uintptr_t)(__typeof__(*(p)))(e), #p);                   \
	})

#define load_relaxed(p) explore_rmw(EXPLORE_LOAD, EXPLORE_RELAXED, p, 0, 0)
#define load_acquire(p) explore_rmw(EXPLORE_LOAD, EXPLORE_ACQUIRE, p, 0, 0)
#define load_full(p) explore_rmw(EXPLORE_LOAD, EXPLORE_FULL, p, 0, 0)

#define store_relaxed(p, v) ((void)explore_rmw(EXPLORE_STORE, EXPLORE_RELAXED, p, v, 0))
#define store_release(p, v) ((void)explore_rmw(EXPLORE_STORE, EXPLORE_RELEASE, p, v, 0))
#define store_full(p, v) ((void)explore_rmw(EXPLORE_STORE, EXPLORE_FULL, p, v, 0))

#define swap_relaxed(p, v) explore_rmw(EXPLORE_SWAP, EXPLORE_RELAXED, p, v, 0)
#define swap_acquire(p, v) explore_rmw(EXPLORE_SWAP, EXPLORE_ACQUIRE, p, v, 0)
#define swap_release(p, v) explore_rmw(EXPLORE_SWAP, EXPLORE_RELEASE, p, v, 0)
#define swap_acq_rel(p, v) explore_rmw(EXPLORE_SWAP, EXPLORE_ACQ_REL, p, v, 0)
#define swap_full(p, v) explore_rmw(EXPLORE_SWAP, EXPLORE_FULL, p, v, 0)

#define fetch_add_relaxed(p, v) explore_rmw(EXPLORE_ADD, EXPLORE_RELAXED, p, v, 0)
#define fetch_add_acquire(p, v) explore_rmw(EXPLORE_ADD, EXPLORE_ACQUIRE, p, v, 0)
#define fetch_add_release(p, v) explore_rmw(EXPLORE_ADD, EXPLORE_RELEASE, p, v, 0)
#define fetch_add_acq_rel(p, v) explore_rmw(EXPLORE_ADD, EXPLORE_ACQ_REL, p, v, 0)
#define fetch_add_full(p, v) explore_rmw(EXPLORE_ADD, EXPLORE_FULL, p, v, 0)

#define fetch_sub_relaxed(p, v) explore_rmw(EXPLORE_ADD, EXPLORE_RELAXED, p, -(v), 0)
#define fetch_sub_acquire(p, v) explore_rmw(EXPLORE_ADD, EXPLORE_ACQUIRE, p, -(v), 0)
#define fetch_sub_release(p, v) explore_rmw(EXPLORE_ADD, EXPLORE_RELEASE, p, -(v), 0)
#define fetch_sub_acq_rel(p, v) explore_rmw(EXPLORE_ADD, EXPLORE_ACQ_REL, p, -(v), 0)
#define fetch_sub_full(p, v) explore_rmw(EXPLORE_ADD, EXPLORE_FULL, p, -(v), 0)

#define fetch_or_relaxed(p, v) explore_rmw(EXPLORE_OR, EXPLORE_RELAXED, p, v, 0)
#define fetch_or_acquire(p, v) explore_rmw(EXPLORE_OR, EXPLORE_ACQUIRE, p, v, 0)
#define fetch_or_release(p, v) explore_rmw(EXPLORE_OR, EXPLORE_RELEASE, p, v, 0)
#define fetch_or_acq_rel(p, v) explore_rmw(EXPLORE_OR, EXPLORE_ACQ_REL, p, v, 0)
#define fetch_or_full(p, v) explore_rmw(EXPLORE_OR, EXPLORE_FULL, p, v, 0)

#define fetch_and_relaxed(p, v) explore_rmw(EXPLORE_AND, EXPLORE_RELAXED, p, v, 0)
#define fetch_and_acquire(p, v) explore_rmw(EXPLORE_AND, EXPLORE_ACQUIRE, p, v, 0)
#define fetch_and_release(p, v) explore_rmw(EXPLORE_AND, EXPLORE_RELEASE, p, v, 0)
#define fetch_and_acq_rel(p, v) explore_rmw(EXPLORE_AND, EXPLORE_ACQ_REL, p, v, 0)
#define fetch_and_full(p, v) explore_rmw(EXPLORE_AND, EXPLORE_FULL, p, v, 0)

/* The engine's CAS returns whether it stored. */
#define explore_cas(o, p, e, v)                                         \
	((bool)explore_call(EXPLORE_CAS, o, p, sizeof(*(p)),            \
	                    (uint64_t)(uintptr_t)(__typeof__(*(p)))(v), \
	                    (uint64_t)(uintptr_t)(__typeof__(*(p)))(e), #p))
#define cas_relaxed(p, e, v) explore_cas(EXPLORE_RELAXED, p, e, v)
#define cas_acquire(p, e, v) explore_cas(EXPLORE_ACQUIRE, p, e, v)
#define cas_release(p, e, v) explore_cas(EXPLORE_RELEASE, p, e, v)
#define cas_acq_rel(p, e, v) explore_cas(EXPLORE_ACQ_REL, p, e, v)
#define cas_full(p, e, v) explore_cas(EXPLORE_FULL, p, e, v)

/* What weaken.py makes of the inline functions' orders in skein.h. */
#define go_cas_relaxed cas_relaxed
#define go_fetch_added_relaxed(p, n) (fetch_add_relaxed(p, n) + (n))

#endif

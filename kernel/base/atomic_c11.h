/* The compiler's own atomics under the names of atomic.h. */
#ifndef SKEIN_ATOMIC_C11_H
#define SKEIN_ATOMIC_C11_H

#define load_relaxed(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define load_full(p) __atomic_load_n(p, __ATOMIC_SEQ_CST)

#define store_relaxed(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define store_full(p, v) __atomic_store_n(p, v, __ATOMIC_SEQ_CST)

/* Exchange: returns the value before. */
#define swap_acquire(p, v) __atomic_exchange_n(p, v, __ATOMIC_ACQUIRE)
#define swap_full(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)

/* Compare and swap: true when *p was `expected` and is now `v`. A failure orders nothing. */
#define cas_order(p, expected, v, order)                                                          \
	({                                                                                        \
		__typeof__(*(p)) cas_expected = (expected);                                       \
		__atomic_compare_exchange_n(p, &cas_expected, v, false, order, __ATOMIC_RELAXED); \
	})
#define cas_relaxed(p, expected, v) cas_order(p, expected, v, __ATOMIC_RELAXED)
#define cas_acquire(p, expected, v) cas_order(p, expected, v, __ATOMIC_ACQUIRE)
#define cas_release(p, expected, v) cas_order(p, expected, v, __ATOMIC_RELEASE)
#define cas_full(p, expected, v) cas_order(p, expected, v, __ATOMIC_SEQ_CST)

/* Read, modify, write: return the value before. */
#define fetch_add_relaxed(p, v) __atomic_fetch_add(p, v, __ATOMIC_RELAXED)
#define fetch_add_release(p, v) __atomic_fetch_add(p, v, __ATOMIC_RELEASE)
#define fetch_add_acq_rel(p, v) __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL)
#define fetch_add_full(p, v) __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST)
#define fetch_sub_full(p, v) __atomic_fetch_sub(p, v, __ATOMIC_SEQ_CST)
#define fetch_or_full(p, v) __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)
#define fetch_and_acq_rel(p, v) __atomic_fetch_and(p, v, __ATOMIC_ACQ_REL)
#define fetch_and_full(p, v) __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST)

#endif

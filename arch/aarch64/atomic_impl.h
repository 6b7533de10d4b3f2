/* kernel/base/atomic.h for AArch64: the compiler's own, but for relaxed accesses. gcc 12 computes an
 * address for each of those; a volatile access is one plain instruction too, with the offset in
 * it. */
#ifndef SKEIN_ATOMIC_IMPL_H
#define SKEIN_ATOMIC_IMPL_H
#include "base/atomic_c11.h"

#undef load_relaxed
#undef store_relaxed
#define load_relaxed(p) (*(const volatile __typeof__(*(p)) *)(p))
#define store_relaxed(p, v) ((void)(*(volatile __typeof__(*(p)) *)(p) = (v)))

/* On 16 bytes: only lib/atomic wants it. */
#define cas_pair_full(p, expected, v) __sync_bool_compare_and_swap(p, expected, v)

#endif

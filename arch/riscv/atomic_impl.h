/* kernel/base/atomic.h for RISC-V, by the mapping of C to RVWMO in table A.6 of the instruction set
 * manual. gcc 12 puts a full fence where one between loads would do, makes every release store an
 * exchange, and its compare and swap acquires at the store only, which orders nothing before that.
 *
 * Objects of 4 and, on RV64, 8 bytes; loads and stores, 1 and 2 too. */
#ifndef SKEIN_ATOMIC_IMPL_H
#define SKEIN_ATOMIC_IMPL_H

#define fence(before, after) __asm__ volatile("fence " #before ", " #after : : : "memory")

/* Never defined, and called only where that is an error. */
void atomic_too_wide(void) __attribute__((error("an atomic object is wider than a long")));
#define atomic_check(p) (sizeof(*(p)) > sizeof(long) ? atomic_too_wide() : (void)0)

/* One access each, since gcc 12 makes even a relaxed store an exchange. */
#define load_relaxed(p) (atomic_check(p), *(const volatile __typeof__(*(p)) *)(p))
#define load_acquire(p)                                        \
	({                                                     \
		__typeof__(*(p)) load_value = load_relaxed(p); \
		fence(r, rw);                                  \
		load_value;                                    \
	})
#define load_full(p)             \
	({                       \
		fence(rw, rw);   \
		load_acquire(p); \
	})

#define store_relaxed(p, v) (atomic_check(p), (void)(*(volatile __typeof__(*(p)) *)(p) = (v)))
#define store_release(p, v)                         \
	({                                          \
		__typeof__(*(p)) store_value = (v); \
		fence(rw, w);                       \
		store_relaxed(p, store_value);      \
	})
/* The load_full that must not pass it begins with a fence, and a read-modify-write releases. */
#define store_full(p, v) store_release(p, v)

/* An instruction for each size; the compiler drops the other. */
#define amo(name, order, p, v)                                                          \
	({                                                                              \
		__typeof__(p) amo_at = (p);                                             \
		__typeof__(*amo_at) amo_old, amo_value = (v);                           \
		_Static_assert(sizeof(*amo_at) == 4 || sizeof(*amo_at) == sizeof(long), \
		               "atomic size");                                          \
		if (sizeof(*amo_at) == 4)                                               \
			__asm__ volatile(name ".w" order " %0, %2, %1"                  \
			                 : "=r"(amo_old), "+A"(*amo_at)                 \
			                 : "r"(amo_value)                               \
			                 : "memory");                                   \
		else                                                                    \
			__asm__ volatile(name ".d" order " %0, %2, %1"                  \
			                 : "=r"(amo_old), "+A"(*amo_at)                 \
			                 : "r"(amo_value)                               \
			                 : "memory");                                   \
		amo_old;                                                                \
	})

#define swap_acquire(p, v) amo("amoswap", ".aq", p, v)
#define swap_release(p, v) amo("amoswap", ".rl", p, v)
#define swap_acq_rel(p, v) amo("amoswap", ".aqrl", p, v)
#define swap_full(p, v) amo("amoswap", ".aqrl", p, v)

#define fetch_add_relaxed(p, v) amo("amoadd", "", p, v)
#define fetch_add_release(p, v) amo("amoadd", ".rl", p, v)
#define fetch_add_acq_rel(p, v) amo("amoadd", ".aqrl", p, v)
#define fetch_add_full(p, v) amo("amoadd", ".aqrl", p, v)
#define fetch_sub_full(p, v) amo("amoadd", ".aqrl", p, -(v))
#define fetch_or_full(p, v) amo("amoor", ".aqrl", p, v)
#define fetch_and_acq_rel(p, v) amo("amoand", ".aqrl", p, v)
#define fetch_and_full(p, v) amo("amoand", ".aqrl", p, v)

/* A comparison that fails jumps, so that no caller tests the result again. */
#define cas_loop(size, load_order, store_order)                         \
	__asm__ goto("0:\tlr." size load_order " t0, %0\n\t"            \
	             "bne t0, %z1, %l[cas_differs]\n\t"                 \
	             "sc." size store_order " t0, %z2, %0\n\t"          \
	             "bnez t0, 0b"                                      \
	             :                                                  \
	             : "A"(*cas_at), "rJ"(cas_compare), "rJ"(cas_value) \
	             : "t0", "memory"                                   \
	             : cas_differs)
/* lr.w extends the sign, so what it is compared with must be extended likewise. */
#define cas_order(p, expected, v, load_order, store_order)                              \
	({                                                                              \
		__label__ cas_differs;                                                  \
		__typeof__(p) cas_at = (p);                                             \
		__typeof__(*cas_at) cas_expected = (expected), cas_value = (v);         \
		bool cas_stored = false;                                                \
		long cas_compare;                                                       \
		_Static_assert(sizeof(*cas_at) == 4 || sizeof(*cas_at) == sizeof(long), \
		               "atomic size");                                          \
		if (sizeof(*cas_at) == 4) {                                             \
			cas_compare = (int)(long)cas_expected;                          \
			cas_loop("w", load_order, store_order);                         \
		} else {                                                                \
			cas_compare = (long)cas_expected;                               \
			cas_loop("d", load_order, store_order);                         \
		}                                                                       \
		cas_stored = true;                                                      \
	cas_differs:                                                                    \
		cas_stored;                                                             \
	})
#define cas_relaxed(p, expected, v) cas_order(p, expected, v, "", "")
#define cas_acquire(p, expected, v) cas_order(p, expected, v, ".aq", "")
#define cas_release(p, expected, v) cas_order(p, expected, v, "", ".rl")
#define cas_acq_rel(p, expected, v) cas_order(p, expected, v, ".aq", ".rl")
#define cas_full(p, expected, v) cas_order(p, expected, v, ".aqrl", ".rl")

#endif

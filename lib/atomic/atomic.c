/* The atomic operations of C11 and of __sync for which the compiler makes a call, as the machine has
 * no instruction: on bytes and halves (RISC-V), on 8 bytes (32-bit machines), on 16 bytes, and on an
 * object of any other size.
 *
 * An object that lies in one aligned word of the machine is changed by a compare-and-swap of that
 * word: no lock. All others are changed under one of a few spinlocks, which the object's address
 * chooses, with interrupts masked: so goroutines, cores and handlers may share an object. Its size
 * and its address alone decide between the two ways, so an object always goes the same one.
 *
 * Every operation is sequentially consistent, also when the program asks for less. Under a lock
 * the full swap makes it so: what this core has stored before, perhaps under another lock, is visible
 * before the object is read.
 *
 * Orders
 *   A1 full     lock in hold           <- A2, <-> A1, A3   what the last holder wrote is visible
 *   A2 release  lock in let_go         -> A1
 *   A3 full     word in load and cas   <-> A1, A3          one order of all such operations */
#include "base/atomic.h"
#include <fenv.h>
#include <string.h>
#include "arch.h"
#include "base/panic.h"

#define LOCKS 32
#define ALWAYS_INLINE static inline __attribute__((always_inline))

static uint32_t locks[LOCKS]; /* atomic: A1 A2 */

static uint32_t *lock_of(const volatile void *p)
{
	return &locks[(uintptr_t)p / 16 % LOCKS];
}

/* The core that ends the program goes on without the lock: its holder may have stopped. */
static unsigned long hold(const volatile void *p)
{
	unsigned long was;

	arch_touch_stack();
	was = arch_irq_off();
	while (swap_full(lock_of(p), 1)) { /* A1 */
		panic_stop_if_asked();
		if (load_relaxed(&panic_core))
			break;
		arch_relax();
	}
	return was;
}

static void let_go(const volatile void *p, unsigned long was)
{
	store_release(lock_of(p), 0); /* A2 */
	arch_irq_restore(was);
}

static __attribute__((noinline)) void load_locked(const volatile void *p, size_t size, void *value)
{
	unsigned long was = hold(p);

	memcpy(value, (const void *)p, size);
	let_go(p, was);
}

static __attribute__((noinline)) bool cas_locked(volatile void *p, size_t size, void *expected,
                                                 const void *desired)
{
	unsigned long was = hold(p);
	bool same = !memcmp((const void *)p, expected, size);

	if (same)
		memcpy((void *)p, desired, size);
	else
		memcpy(expected, (const void *)p, size);
	let_go(p, was);
	return same;
}

static __attribute__((noinline)) void store_locked(volatile void *p, size_t size, const void *value)
{
	unsigned long was = hold(p);

	memcpy((void *)p, value, size);
	let_go(p, was);
}

/* Byte by byte, as `value` may be `before`. */
static __attribute__((noinline)) void exchange_locked(volatile void *p, size_t size,
                                                      const void *value, void *before)
{
	unsigned long was = hold(p);

	for (size_t i = 0; i < size; i++) {
		char byte = ((volatile char *)p)[i];

		((volatile char *)p)[i] = ((const char *)value)[i];
		((char *)before)[i] = byte;
	}
	let_go(p, was);
}

/* An object in an aligned word: where that is, and the object's bits. */
struct part {
	unsigned long *word;
	unsigned shift;
	unsigned long mask; /* before the shift */
};

ALWAYS_INLINE bool in_word(const volatile void *p, size_t size)
{
	return (size == 1 || size == 2 || size == 4 || size == sizeof(long)) &&
	       (uintptr_t)p % size == 0;
}

ALWAYS_INLINE struct part part_of(const volatile void *p, size_t size)
{
	unsigned byte = (uintptr_t)p % sizeof(long);

	return (struct part){(unsigned long *)((uintptr_t)p - byte), 8 * byte,
	                     ~0ul >> 8 * (sizeof(long) - size)};
}

ALWAYS_INLINE void load_part(const volatile void *p, size_t size, void *value)
{
	struct part part = part_of(p, size);
	unsigned long seen = load_full(part.word) >> part.shift; /* A3 */

	memcpy(value, &seen, size);
}

ALWAYS_INLINE bool cas_part(volatile void *p, size_t size, void *expected, const void *desired)
{
	struct part part = part_of(p, size);
	unsigned long old = 0, new = 0, seen, now;

	memcpy(&old, expected, size);
	memcpy(&new, desired, size);
	do {
		seen = load_full(part.word); /* A3 */
		now = seen >> part.shift & part.mask;
		if (now != old) {
			memcpy(expected, &now, size);
			return false;
		}
	} while (!cas_full(part.word, seen, seen ^ (old ^ new) << part.shift)); /* A3 */
	return true;
}

/* A machine with a compare-and-swap of two words. Its compiler uses that for __sync and calls for the
 * rest, so a lock would not do. Who loads stores what is there, or else might read a half
 * twice. */
#ifdef cas_pair_full
ALWAYS_INLINE bool in_pair(const volatile void *p, size_t size)
{
	return size == 2 * sizeof(long) && (uintptr_t)p % size == 0;
}

static __attribute__((noinline)) void load_pair(const volatile void *p, void *value)
{
	unsigned __int128 *pair = (unsigned __int128 *)p, seen;

	do
		memcpy(&seen, pair, sizeof(seen));
	while (!cas_pair_full(pair, seen, seen)); /* A3 */
	memcpy(value, &seen, sizeof(seen));
}

static __attribute__((noinline)) bool cas_pair(volatile void *p, void *expected,
                                               const void *desired)
{
	unsigned __int128 old, new, seen;

	memcpy(&old, expected, sizeof(old));
	memcpy(&new, desired, sizeof(new));
	do {
		if (cas_pair_full((unsigned __int128 *)p, old, new)) /* A3 */
			return true;
		load_pair(p, &seen);
	} while (seen == old);
	memcpy(expected, &seen, sizeof(seen));
	return false;
}
#else
#define in_pair(p, size) false
#define load_pair(p, value) ((void)0)
#define cas_pair(p, expected, desired) false
#endif

ALWAYS_INLINE void load(const volatile void *p, size_t size, void *value)
{
	if (in_word(p, size))
		load_part(p, size, value);
	else if (in_pair(p, size))
		load_pair(p, value);
	else
		load_locked(p, size, value);
}

/* True when *p was *expected, and is *desired now. If not, *expected becomes what it was. */
ALWAYS_INLINE bool cas(volatile void *p, size_t size, void *expected, const void *desired)
{
	if (in_word(p, size))
		return cas_part(p, size, expected, desired);
	if (in_pair(p, size))
		return cas_pair(p, expected, desired);
	return cas_locked(p, size, expected, desired);
}

ALWAYS_INLINE bool lock_free(const volatile void *p, size_t size)
{
	return in_word(p, size) || in_pair(p, size);
}

/* A function by its name for the linker: for the compiler it has another type. */
#define entry(T, symbol, name, ...)          \
	T name(__VA_ARGS__) __asm__(symbol); \
	T name(__VA_ARGS__)

/* Objects of any size. `order` is not looked at.
 * Context: any. */

entry(bool, "__atomic_is_lock_free", any_is_lock_free, size_t size, const volatile void *p)
{
	return lock_free(p, size);
}

entry(void, "__atomic_load", any_load, size_t size, const volatile void *p, void *value, int order)
{
	(void)order;
	load(p, size, value);
}

/* `value` may be `before`. */
entry(void, "__atomic_exchange", any_exchange, size_t size, volatile void *p, const void *value,
      void *before, int order)
{
	uint64_t desired[2], seen[2];

	(void)order;
	if (!lock_free(p, size))
		return exchange_locked(p, size, value, before);
	memcpy(desired, value, size);
	load(p, size, seen);
	while (!cas(p, size, seen, desired))
		;
	memcpy(before, seen, size);
}

entry(void, "__atomic_store", any_store, size_t size, volatile void *p, const void *value,
      int order)
{
	uint64_t before[2];

	if (lock_free(p, size))
		any_exchange(size, p, value, before, order);
	else
		store_locked(p, size, value);
}

entry(bool, "__atomic_compare_exchange", any_cas, size_t size, volatile void *p, void *expected,
      const void *desired, int success, int failure)
{
	(void)success;
	(void)failure;
	return cas(p, size, expected, desired);
}

/* Integers of n bytes, each in its own way into and out of registers.
 * Context: any. */

#define MODIFY(n, T, name, combined)                                  \
	ALWAYS_INLINE T name##_##n(volatile void *p, T v, bool after) \
	{                                                             \
		T before, now;                                        \
		load(p, n, &before);                                  \
		do                                                    \
			now = combined;                               \
		while (!cas(p, n, &before, &now));                    \
		return after ? now : before;                          \
	}

#define FETCH(n, T, name, combined)                                                                \
	MODIFY(n, T, name, combined)                                                               \
	entry(T, "__atomic_fetch_" #name "_" #n, fetch_##name##_##n, volatile void *p, T v,        \
	      int order)                                                                           \
	{                                                                                          \
		(void)order;                                                                       \
		return name##_##n(p, v, false);                                                    \
	}                                                                                          \
	entry(T, "__atomic_" #name "_fetch_" #n, name##_fetch_##n, volatile void *p, T v,          \
	      int order)                                                                           \
	{                                                                                          \
		(void)order;                                                                       \
		return name##_##n(p, v, true);                                                     \
	}                                                                                          \
	entry(T, "__sync_fetch_and_" #name "_" #n, sync_fetch_##name##_##n, volatile void *p, T v) \
	{                                                                                          \
		return name##_##n(p, v, false);                                                    \
	}                                                                                          \
	entry(T, "__sync_" #name "_and_fetch_" #n, sync_##name##_fetch_##n, volatile void *p, T v) \
	{                                                                                          \
		return name##_##n(p, v, true);                                                     \
	}

#define INTEGERS(n, T)                                                                          \
	FETCH(n, T, add, before + v)                                                            \
	FETCH(n, T, sub, before - v)                                                            \
	FETCH(n, T, and, before &v)                                                             \
	FETCH(n, T, or, before | v)                                                             \
	FETCH(n, T, xor, before ^ v)                                                            \
	FETCH(n, T, nand, ~(before & v))                                                        \
	MODIFY(n, T, exchange, v)                                                               \
	entry(T, "__atomic_load_" #n, load_##n, const volatile void *p, int order)              \
	{                                                                                       \
		T value;                                                                        \
		(void)order;                                                                    \
		load(p, n, &value);                                                             \
		return value;                                                                   \
	}                                                                                       \
	entry(void, "__atomic_store_" #n, store_##n, volatile void *p, T v, int order)          \
	{                                                                                       \
		(void)order;                                                                    \
		exchange_##n(p, v, false);                                                      \
	}                                                                                       \
	entry(T, "__atomic_exchange_" #n, swap_##n, volatile void *p, T v, int order)           \
	{                                                                                       \
		(void)order;                                                                    \
		return exchange_##n(p, v, false);                                               \
	}                                                                                       \
	entry(bool, "__atomic_compare_exchange_" #n, cas_##n, volatile void *p, void *expected, \
	      T desired, int success, int failure)                                              \
	{                                                                                       \
		(void)success;                                                                  \
		(void)failure;                                                                  \
		return cas(p, n, expected, &desired);                                           \
	}                                                                                       \
	entry(T, "__sync_lock_test_and_set_" #n, sync_swap_##n, volatile void *p, T v)          \
	{                                                                                       \
		return exchange_##n(p, v, false);                                               \
	}                                                                                       \
	entry(T, "__sync_val_compare_and_swap_" #n, sync_val_cas_##n, volatile void *p,         \
	      T expected, T desired)                                                            \
	{                                                                                       \
		cas(p, n, &expected, &desired);                                                 \
		return expected;                                                                \
	}                                                                                       \
	entry(bool, "__sync_bool_compare_and_swap_" #n, sync_bool_cas_##n, volatile void *p,    \
	      T expected, T desired)                                                            \
	{                                                                                       \
		return cas(p, n, &expected, &desired);                                          \
	}

INTEGERS(1, uint8_t)
INTEGERS(2, uint16_t)
INTEGERS(4, uint32_t)
INTEGERS(8, uint64_t)
#ifdef __SIZEOF_INT128__
INTEGERS(16, unsigned __int128)
#endif

/* What the arithmetic of an atomic floating-point object has raised when it has been stored.
 * Context: any. */
entry(void, "__atomic_feraiseexcept", raise_exceptions, int exceptions)
{
	feraiseexcept(exceptions);
}

/* The fast paths of skein/sync.h, which includes this header at its end. It is not for programs:
 * names and meaning may change. The heads of kernel/sync/mutex.c, once.c, rwmutex.c and sema.c
 * say how each works. */
#ifndef SKEIN_SYNC_IMPL_H
#define SKEIN_SYNC_IMPL_H
#ifdef __cplusplus
extern "C" {
#endif

void mutex_lock_slow(struct mutex *);
bool mutex_try_lock_slow(struct mutex *);
void mutex_unlock_slow(struct mutex *);
void once_slow(struct once *, void (*f)(void));
/* Also with -Os: what is out of line costs more, and tools/barriers follows no call. */
#define GO_INLINE __attribute__((always_inline))

bool rwmutex_try_rlock_slow(struct rwmutex *, uint32_t before);
void rwmutex_rlock_slow(struct rwmutex *, uint32_t before);
void rwmutex_runlock_slow(struct rwmutex *, uint32_t after);
unsigned go_core_index_slow(void);
void sema_acquire_slow(struct sema *, uint32_t n);
bool sema_try_acquire_slow(struct sema *, uint32_t n);
void sema_release_slow(struct sema *, uint32_t n);

/* Atomic operations with the names and orders of kernel/base/atomic.h, which a program does not
 * include. */
static inline GO_INLINE uint32_t go_load_relaxed(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline uint32_t go_load_acquire(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

#if defined(__riscv) && !defined(__SANITIZE_THREAD__)
/* As in arch/riscv/atomic_impl.h, and for the same reason. A comparison that fails jumps, so that
 * no caller tests the result again. lr.w extends the sign. */
#define go_cas(word, expected, value, load_order, store_order)                    \
	__asm__ goto("0:\tlr.w" load_order " t0, %0\n\t"                          \
	             "bne t0, %z1, %l[differs]\n\t"                               \
	             "sc.w" store_order " t0, %z2, %0\n\t"                        \
	             "bnez t0, 0b"                                                \
	             :                                                            \
	             : "A"(*(word)), "rJ"((long)(int32_t)(expected)), "rJ"(value) \
	             : "t0", "memory"                                             \
	             : differs)

static inline GO_INLINE bool go_cas_acquire(uint32_t *word, uint32_t expected, uint32_t value)
{
	go_cas(word, expected, value, ".aq", "");
	return true;
differs:
	return false;
}

static inline GO_INLINE bool go_cas_release(uint32_t *word, uint32_t expected, uint32_t value)
{
	go_cas(word, expected, value, "", ".rl");
	return true;
differs:
	return false;
}
#else
static inline GO_INLINE bool go_cas_acquire(uint32_t *word, uint32_t expected, uint32_t value)
{
	return __builtin_expect(__atomic_compare_exchange_n(word, &expected, value, false,
	                                                    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED),
	                        1);
}

static inline GO_INLINE bool go_cas_release(uint32_t *word, uint32_t expected, uint32_t value)
{
	return __builtin_expect(__atomic_compare_exchange_n(word, &expected, value, false,
	                                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED),
	                        1);
}
#endif

static inline GO_INLINE uint32_t go_fetch_add_relaxed(uint32_t *word, uint32_t n)
{
	return __atomic_fetch_add(word, n, __ATOMIC_RELAXED);
}

static inline GO_INLINE uint32_t go_fetch_add_acquire(uint32_t *word, uint32_t n)
{
	return __atomic_fetch_add(word, n, __ATOMIC_ACQUIRE);
}

/* Returns the sum, which a machine that stores it has at hand. Opaque, or gcc compares the value
 * before. */
static inline GO_INLINE uint32_t go_fetch_added_release(uint32_t *word, uint32_t n)
{
	uint32_t sum = __atomic_add_fetch(word, n, __ATOMIC_RELEASE);

	__asm__("" : "+r"(sum));
	return sum;
}

#if CONFIG_CHECK
void mutex_locked(struct mutex *);
void mutex_unlocks(struct mutex *);
#else
static inline void mutex_locked(struct mutex *m)
{
	(void)m;
}

static inline void mutex_unlocks(struct mutex *m)
{
	(void)m;
}
#endif

#if defined(__SANITIZE_THREAD__) && CONFIG_RACE /* make RACE=1 */
#include "race_impl.h"
#else
static inline bool mutex_take(struct mutex *m)
{
	if (!go_cas_acquire(&m->waitq.word, 0, 1)) /* M1 */
		return false;
	mutex_locked(m);
	return true;
}

static inline bool mutex_try_lock(struct mutex *m)
{
	return mutex_take(m) || mutex_try_lock_slow(m);
}

static inline void mutex_lock(struct mutex *m)
{
	if (!mutex_take(m))
		mutex_lock_slow(m);
}

static inline void mutex_unlock(struct mutex *m)
{
	mutex_unlocks(m);
	if (!go_cas_release(&m->waitq.word, 1, 0)) /* M2 */
		mutex_unlock_slow(m);
}

static inline void once_do(struct once *o, void (*f)(void))
{
	if (__builtin_expect(go_load_acquire(&o->done) == 0, 0)) /* M3 */
		once_slow(o, f);
}

/* In every slot while a writer waits or writes. */
#define RWMUTEX_CLOSED 0xc0000000
/* Where a struct core holds its index. */
#define GO_CORE_INDEX (4 * sizeof(void *))
#if defined(__riscv) && __riscv_xlen == 64
#define GO_LOAD_UNSIGNED "lwu" /* as wide as an address, or the compiler widens it */
#else
#define GO_LOAD_UNSIGNED "lw"
#endif

/* The core's index, where a program can read it. It may be that of another core by the time it is
 * used, which is slower and not wrong. Volatile, so that it is not read once for a whole loop. */
static inline GO_INLINE uintptr_t go_core_index(void)
{
#if defined(__aarch64__)
	uintptr_t core;

	__asm__ volatile("mrs %0, tpidrro_el0" : "=r"(core));
	return *(const unsigned *)(core + GO_CORE_INDEX);
#elif defined(__riscv)
	uintptr_t index;

	__asm__ volatile(GO_LOAD_UNSIGNED " %0, %1(gp)" : "=r"(index) : "i"(GO_CORE_INDEX));
	return index;
#else
	return go_core_index_slow();
#endif
}

static inline GO_INLINE uint32_t *rwmutex_slot(struct rwmutex *rw)
{
	return &rw->slot[GO_SLOTS == 1 ? 0 : go_core_index()].word;
}

static inline void rwmutex_rlock(struct rwmutex *rw)
{
	uint32_t before = go_fetch_add_acquire(rwmutex_slot(rw), 1); /* R1 */

	if (__builtin_expect((int32_t)before < 0, 0))
		rwmutex_rlock_slow(rw, before);
}

static inline bool rwmutex_try_rlock(struct rwmutex *rw)
{
	uint32_t before = go_fetch_add_acquire(rwmutex_slot(rw), 1); /* R1 */

	return (int32_t)before >= 0 || rwmutex_try_rlock_slow(rw, before);
}

static inline void rwmutex_runlock(struct rwmutex *rw)
{
	uint32_t after = go_fetch_added_release(rwmutex_slot(rw), -1u); /* R3 */

	if (__builtin_expect((int32_t)after < 0, 0))
		rwmutex_runlock_slow(rw, after);
}

/* Less or more SEMA_MOST it is below 0 as an int32_t. So one comparison refuses too few permits,
 * too many, and a goroutine that waits. */
#define SEMA_WAITED 0xc0000000

static inline GO_INLINE bool sema_take(struct sema *s, uint32_t n)
{
	uint32_t word = go_load_relaxed(&s->waitq.word);

	return n <= SEMA_MOST && (int32_t)(word - n) >= 0 &&
	       go_cas_acquire(&s->waitq.word, word, word - n); /* E1 */
}

static inline bool sema_try_acquire(struct sema *s, uint32_t n)
{
	return sema_take(s, n) || sema_try_acquire_slow(s, n);
}

static inline void sema_acquire(struct sema *s, uint32_t n)
{
	if (__builtin_expect(!sema_take(s, n), 0))
		sema_acquire_slow(s, n);
}

static inline GO_INLINE bool sema_give(struct sema *s, uint32_t n)
{
	uint32_t word = go_load_relaxed(&s->waitq.word);

	return n <= SEMA_MOST && (int32_t)(word + n) >= 0 &&
	       go_cas_release(&s->waitq.word, word, word + n); /* E2 */
}

static inline void sema_release(struct sema *s, uint32_t n)
{
	if (__builtin_expect(!sema_give(s, n), 0))
		sema_release_slow(s, n);
}
#endif

#ifdef __cplusplus
}
#endif
#endif

/* What gcc calls: before each access, and in the place of each atomic operation. The functions of
 * plain accesses have no frame: in most cases they see that the access has been recorded in this
 * epoch, and return (shadow.c). */
#include "detector.h"

#define entry static inline __attribute__((always_inline))

entry bool is_recorded(uintptr_t at, unsigned size, cell kind)
{
	struct race *r = arch_self()->race.race;
	unsigned mask = ((1u << size) - 1) << at % GRAIN;
	cell want, must;
	struct shadow *s;

	if (unlikely(!r) || unlikely(mask > 0xff))
		return false;
	s = shadow_find(at);
	if (unlikely(!s))
		return false;
	must = CELL_STAMP | CELL_ATOMIC | kind | mask;
	want = r->stamp | kind | mask;
#pragma GCC unroll 4
	for (unsigned i = 0; i < CELLS; i++)
		if ((load_relaxed(&s->cells[at / GRAIN % GRAINS][i]) & must) == want)
			return true;
	return false;
}

#define ACCESS(n)                                                 \
	leaf void __tsan_read##n(void *p);                        \
	leaf void __tsan_write##n(void *p);                       \
	leaf void __tsan_read##n(void *p)                         \
	{                                                         \
		if (!is_recorded((uintptr_t)p, n, 0))             \
			race_access((uintptr_t)p, n, 0);          \
	}                                                         \
	leaf void __tsan_write##n(void *p)                        \
	{                                                         \
		if (!is_recorded((uintptr_t)p, n, CELL_WRITE))    \
			race_access((uintptr_t)p, n, CELL_WRITE); \
	}
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)

void __tsan_init(void);
void __tsan_read16(void *);
void __tsan_write16(void *);
void __tsan_read_range(void *, unsigned long);
void __tsan_write_range(void *, unsigned long);

void __tsan_init(void)
{
}

void __tsan_read16(void *p)
{
	race_access((uintptr_t)p, 16, 0);
}

void __tsan_write16(void *p)
{
	race_access((uintptr_t)p, 16, CELL_WRITE);
}

void __tsan_read_range(void *p, unsigned long n)
{
	race_access((uintptr_t)p, n, 0);
}

void __tsan_write_range(void *p, unsigned long n)
{
	race_access((uintptr_t)p, n, CELL_WRITE);
}

/* Atomic operations. Each is made under the shadow's lock, so the clock of the object is always that
 * of its value. The edges are C11's: an acquire takes the clock of what it reads; a release that
 * stores puts its clock there, and one that reads and writes adds its own; a relaxed store of
 * another goroutine ends the release sequence. A fence before or after relaxed operations makes more
 * edges than C11 knows, never fewer. */

struct operation {
	struct shadow *s; /* null: not in memory */
	struct race *r;
	uintptr_t at;
	unsigned size;
	uint32_t where;
	unsigned long was;
	bool found;
	struct conflict conflict;
};

static inline bool acquires(int order)
{
	return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME ||
	       order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static inline bool releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

/* fp: of a function that the program called. */
static noinline void begin(struct operation *o, const volatile void *at, unsigned size,
                           uintptr_t fp)
{
	race_touch();
	o->r = race_self();
	o->at = (uintptr_t)at;
	o->size = size;
	o->found = false;
	o->s = shadow_get(o->at);
	if (o->s)
		o->where = where_here(o->r, fp);
	o->was = arch_irq_off();
	if (o->s)
		race_lock(&o->s->lock);
}

/* It has read a value. */
static noinline void has_read(struct operation *o, int order)
{
	struct sync *sync = o->s ? sync_find(o->s, o->at, SYNC_SELF) : 0;

	if (!sync)
		return;
	clock_join(acquires(order) ? &o->r->seen : &o->r->pending, &sync->clock);
	o->r->changes += acquires(order);
}

static void record(struct operation *o, cell kind)
{
	for (unsigned i = 0; i < o->size; i += GRAIN) {
		unsigned some = o->size - i < GRAIN ? o->size - i : GRAIN;
		unsigned mask = ((1u << some) - 1) << o->at % GRAIN & 0xff;

		if (o->s && !o->r->off &&
		    shadow_check(o->s, o->r, o->at + i, mask, kind | CELL_ATOMIC, o->where,
		                 &o->conflict))
			o->found = true;
	}
}

/* It has stored one. whole: it has not read the one before. */
static noinline void has_written(struct operation *o, int order, bool whole)
{
	struct sync *sync;

	if (!o->s)
		return;
	sync = sync_find(o->s, o->at, SYNC_SELF);
	if (sync)
		sync->known = 0;
	if (!releases(order) && !o->r->fenced) {
		sync = whole ? sync_find(o->s, o->at, SYNC_SELF) : 0;
		if (sync && sync->slot != o->r->slot)
			clock_free(&sync->clock);
		return;
	}
	sync = sync_get(o->s, o->at, SYNC_SELF);
	if (whole && sync->slot != o->r->slot)
		clock_free(&sync->clock);
	if (whole)
		sync->slot = o->r->slot;
	clock_join_own(&sync->clock, o->r);
	race_tick(o->r);
}

static noinline void end(struct operation *o)
{
	if (o->s)
		race_unlock(&o->s->lock);
	arch_irq_restore(o->was);
	if (o->found)
		race_report(&o->conflict);
}

#define HERE ((uintptr_t)__builtin_frame_address(0))
#define RMW(bits, T, name)                                                 \
	T __tsan_atomic##bits##_##name(volatile T *p, T value, int order); \
	T __tsan_atomic##bits##_##name(volatile T *p, T value, int order)  \
	{                                                                  \
		struct operation o;                                        \
		T before;                                                  \
                                                                           \
		begin(&o, p, sizeof(T), HERE);                             \
		before = __atomic_##name(p, value, __ATOMIC_SEQ_CST);      \
		has_read(&o, order);                                       \
		record(&o, CELL_WRITE);                                    \
		has_written(&o, order, false);                             \
		end(&o);                                                   \
		return before;                                             \
	}
#define CAS(bits, T, name)                                                                   \
	bool __tsan_atomic##bits##_##name(volatile T *p, T *expected, T value, int order,    \
	                                  int failure);                                      \
	bool __tsan_atomic##bits##_##name(volatile T *p, T *expected, T value, int order,    \
	                                  int failure)                                       \
	{                                                                                    \
		struct operation o;                                                          \
		T seen = *expected;                                                          \
		bool done;                                                                   \
                                                                                             \
		begin(&o, p, sizeof(T), HERE);                                               \
		done = __atomic_compare_exchange_n(p, &seen, value, false, __ATOMIC_SEQ_CST, \
		                                   __ATOMIC_SEQ_CST);                        \
		has_read(&o, done ? order : failure);                                        \
		record(&o, done ? CELL_WRITE : 0);                                           \
		if (done)                                                                    \
			has_written(&o, order, false);                                       \
		end(&o);                                                                     \
		if (!done)                                                                   \
			*expected = seen;                                                    \
		return done;                                                                 \
	}
#define ATOMIC(bits, T)                                                      \
	T __tsan_atomic##bits##_load(const volatile T *p, int order);        \
	T __tsan_atomic##bits##_load(const volatile T *p, int order)         \
	{                                                                    \
		struct operation o;                                          \
		T value;                                                     \
                                                                             \
		begin(&o, p, sizeof(T), HERE);                               \
		value = __atomic_load_n((volatile T *)p, __ATOMIC_SEQ_CST);  \
		has_read(&o, order);                                         \
		record(&o, 0);                                               \
		end(&o);                                                     \
		return value;                                                \
	}                                                                    \
	void __tsan_atomic##bits##_store(volatile T *p, T value, int order); \
	void __tsan_atomic##bits##_store(volatile T *p, T value, int order)  \
	{                                                                    \
		struct operation o;                                          \
                                                                             \
		begin(&o, p, sizeof(T), HERE);                               \
		__atomic_store_n(p, value, __ATOMIC_SEQ_CST);                \
		record(&o, CELL_WRITE);                                      \
		has_written(&o, order, true);                                \
		end(&o);                                                     \
	}                                                                    \
	T __tsan_atomic##bits##_exchange(volatile T *p, T value, int order); \
	T __tsan_atomic##bits##_exchange(volatile T *p, T value, int order)  \
	{                                                                    \
		struct operation o;                                          \
		T before;                                                    \
                                                                             \
		begin(&o, p, sizeof(T), HERE);                               \
		before = __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);    \
		has_read(&o, order);                                         \
		record(&o, CELL_WRITE);                                      \
		has_written(&o, order, false);                               \
		end(&o);                                                     \
		return before;                                               \
	}                                                                    \
	RMW(bits, T, fetch_add)                                              \
	RMW(bits, T, fetch_sub)                                              \
	RMW(bits, T, fetch_and)                                              \
	RMW(bits, T, fetch_or)                                               \
	RMW(bits, T, fetch_xor)                                              \
	RMW(bits, T, fetch_nand)                                             \
	CAS(bits, T, compare_exchange_strong)                                \
	CAS(bits, T, compare_exchange_weak)
ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)
ATOMIC(128, unsigned __int128)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);

void __tsan_atomic_thread_fence(int order)
{
	struct race *r = race_self();

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	race_touch();
	if (acquires(order))
		clock_join(&r->seen, &r->pending), r->changes++;
	if (releases(order))
		r->fenced = true;
}

void __tsan_atomic_signal_fence(int order)
{
	(void)order;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* Objects that are too large for the above, by the functions of the compiler's library, which
 * lib/atomic has. All orders are taken for the strongest. */

void raced_atomic_load(size_t n, const volatile void *p, void *to, int order);
void raced_atomic_store(size_t n, volatile void *p, void *from, int order);
void raced_atomic_exchange(size_t n, volatile void *p, void *from, void *to, int order);
bool raced_atomic_compare_exchange(size_t n, volatile void *p, void *expected, void *from,
                                   int order, int failure);
void atomic_load_large(size_t, const volatile void *, void *, int) __asm__("__atomic_load");
void atomic_store_large(size_t, volatile void *, void *, int) __asm__("__atomic_store");
void atomic_exchange_large(size_t, volatile void *, void *, void *,
                           int) __asm__("__atomic_exchange");
bool atomic_cas_large(size_t, volatile void *, void *, void *, int,
                      int) __asm__("__atomic_compare_exchange");

/* Each comes after all before it on the same object. */
static void in_turn(const volatile void *p, bool after)
{
	race_touch();
	if (after)
		race_release((const void *)p);
	else
		race_acquire((const void *)p);
}

void raced_atomic_load(size_t n, const volatile void *p, void *to, int order)
{
	atomic_load_large(n, p, to, order);
	in_turn(p, false);
	race_access((uintptr_t)p, n, CELL_ATOMIC);
}

void raced_atomic_store(size_t n, volatile void *p, void *from, int order)
{
	race_access((uintptr_t)p, n, CELL_WRITE | CELL_ATOMIC);
	in_turn(p, true);
	atomic_store_large(n, p, from, order);
}

void raced_atomic_exchange(size_t n, volatile void *p, void *from, void *to, int order)
{
	in_turn(p, true);
	atomic_exchange_large(n, p, from, to, order);
	in_turn(p, false);
	race_access((uintptr_t)p, n, CELL_WRITE | CELL_ATOMIC);
}

bool raced_atomic_compare_exchange(size_t n, volatile void *p, void *expected, void *from,
                                   int order, int failure)
{
	bool done;

	in_turn(p, true);
	done = atomic_cas_large(n, p, expected, from, order, failure);
	in_turn(p, false);
	race_access((uintptr_t)p, n, (done ? CELL_WRITE : 0) | CELL_ATOMIC);
	return done;
}

/* Atomic objects of every size, also those for which the machine has no instruction: goroutines on
 * all cores, which the timer preempts, and an interrupt handler change them at once, and no
 * change is lost; what lies beside them stays; what is stored whole is read whole. */
// test: check=0,1
#include <stdatomic.h>
#include <string.h>
#include "device.h"
#include "test.h"

enum { WORKERS = 6, ROUNDS = 3000, BURST = 64 };
#define RUN_FOR ms(20)

typedef struct {
	char c[3];
} three;
typedef struct {
	uint32_t w[5];
} twenty;
typedef struct {
	uint8_t tag;
	uint32_t value; /* behind padding */
} padded;
#ifdef __SIZEOF_INT128__
typedef unsigned __int128 widest;
#else
typedef uint64_t widest;
#endif

static widest doubled(uint32_t v)
{
	return (widest)v << (4 * sizeof(widest)) | v;
}

/* Bytes and halves side by side in one word, each a counter of somebody else. */
static struct {
	_Atomic uint8_t before, byte, after;
	_Atomic bool flag;
	_Atomic uint16_t half, other;
	_Atomic uint64_t eight;
	_Atomic widest sixteen;
	_Atomic double real;
	_Atomic padded pad;
	_Atomic three small;
	_Atomic twenty large;
	atomic_flag lock;
	unsigned locked; /* guarded by lock */
} shared;
static unsigned changes[8]; /* atomic; by kind */
static unsigned by_handler;
static struct waitgroup done, all_done;

/* Compare-and-swap on objects that no arithmetic knows. */
static void count_objects(void)
{
	padded p = atomic_load(&shared.pad), p_next;
	three s = atomic_load(&shared.small), s_next;
	twenty l = atomic_load(&shared.large), l_next;

	do {
		memset(&p_next, 0, sizeof(p_next));
		p_next.value = p.value + 1;
	} while (!atomic_compare_exchange_weak(&shared.pad, &p, p_next));
	do {
		unsigned n = (uint8_t)s.c[0] | (uint8_t)s.c[1] << 8 | (uint8_t)s.c[2] << 16;

		n++;
		s_next = (three){{(char)n, (char)(n >> 8), (char)(n >> 16)}};
	} while (!atomic_compare_exchange_strong(&shared.small, &s, s_next));
	do
		for (unsigned i = 0; i < 5; i++)
			l_next.w[i] = l.w[i] + 1;
	while (!atomic_compare_exchange_strong(&shared.large, &l, l_next));
}

/* One change of one kind. Bits that are turned twice stay as they were. */
enum kind { BYTE, HALF, OTHER, BITS, EIGHT, SIXTEEN, OBJECTS, KINDS };

static void change(enum kind kind)
{
	switch (kind) {
	case BYTE:
		atomic_fetch_add(&shared.byte, 1);
		break;
	case HALF:
		atomic_fetch_sub(&shared.half, 1);
		break;
	case OTHER:
		__atomic_add_fetch(&shared.other, 3, __ATOMIC_RELAXED);
		break;
	case BITS:
		atomic_fetch_xor(&shared.after, 1);
		atomic_fetch_xor(&shared.after, 1);
		break;
	case EIGHT:
		atomic_fetch_add(&shared.eight, 0x100000001);
		break;
	case SIXTEEN:
		atomic_fetch_add(&shared.sixteen, doubled(1));
		break;
	default:
		count_objects();
	}
}

/* Nothing else in the loop, so that two meet in the middle of a change. */
static void hammer(enum kind kind, go_time end)
{
	do {
		for (unsigned i = 0; i < BURST; i++)
			change(kind);
		__atomic_fetch_add(&changes[kind], BURST, __ATOMIC_RELAXED);
		device_raise(); /* from another core, it interrupts core 0 anywhere */
		shared.real += 1;
		while (atomic_flag_test_and_set(&shared.lock))
			go_yield();
		shared.locked++;
		atomic_flag_clear(&shared.lock);
	} while (go_now() < end);
	wg_done(&done);
}

static enum kind now; /* constant while the handler is attached */

static void handler(void *arg)
{
	(void)arg;
	device_drop();
	change(now);
	__atomic_fetch_add(&changes[now], 1, __ATOMIC_RELAXED);
	by_handler++;
}

static void check_totals(void)
{
	check(shared.byte == (uint8_t)changes[BYTE]);
	check(shared.half == (uint16_t)-changes[HALF]);
	check(shared.other == (uint16_t)(3 * changes[OTHER]));
	check(shared.before == 0x5a && shared.after == 0 && shared.flag == true);
	check(shared.eight == changes[EIGHT] * 0x100000001);
	check(shared.sixteen == doubled(changes[SIXTEEN]));
	check(atomic_load(&shared.pad).value == changes[OBJECTS]);
	check((uint8_t)atomic_load(&shared.small).c[0] == (uint8_t)changes[OBJECTS]);
	check((uint8_t)atomic_load(&shared.small).c[1] == (uint8_t)(changes[OBJECTS] >> 8));
	for (unsigned i = 0; i < 5; i++)
		check(atomic_load(&shared.large).w[i] == changes[OBJECTS]);
	check(shared.real == shared.locked);
}

/* On core 0, as the handler: so none is half through its change when irq_detach returns. A line
 * that rose too late for it is served as the next kind. */
static void all_together(void)
{
	kprintf("the device has sent something\n");
	atomic_init(&shared.before, 0x5a);
	atomic_init(&shared.flag, true);
	for (now = 0; now < KINDS; now++) {
		go_time end = go_now() + RUN_FOR;

		irq_attach(DEVICE_LINE, handler, 0, 0);
		wg_add(&done, WORKERS);
		for (unsigned i = 0; i < WORKERS; i++)
			go(hammer, now, end);
		wg_wait(&done);
		irq_detach(DEVICE_LINE);
		kprintf("kind %u: %u changes, %u by a handler\n", now, changes[now], by_handler);
	}
	check(by_handler > 0);
	check_totals();
	wg_done(&all_done);
}

/* Writers store values whose halves agree; who reads or exchanges sees no mixture. */
static struct {
	_Atomic uint64_t eight;
	_Atomic widest sixteen;
	_Atomic twenty large;
} whole;

static void check_whole(uint64_t eight, widest sixteen, twenty large)
{
	if (eight != (eight & UINT32_MAX) * 0x100000001)
		check(!"8 bytes are read whole");
	if (sixteen != doubled((uint32_t)sixteen))
		check(!"16 bytes are read whole");
	for (unsigned i = 1; i < 5; i++)
		if (large.w[i] != large.w[0])
			check(!"20 bytes are read whole");
}

static void store_and_look(uint32_t v)
{
	for (unsigned i = 0; i < ROUNDS / 10; i++, v += WORKERS) {
		twenty large = {{v, v, v, v, v}};

		atomic_store(&whole.eight, v * 0x100000001);
		atomic_store(&whole.sixteen, doubled(v));
		atomic_store(&whole.large, large);
		check_whole(atomic_load(&whole.eight), atomic_load(&whole.sixteen),
		            atomic_load(&whole.large));
		check_whole(atomic_exchange(&whole.eight, v * 0x100000001),
		            atomic_exchange(&whole.sixteen, doubled(v)),
		            atomic_exchange(&whole.large, large));
	}
	wg_done(&done);
}

static void read_whole(void)
{
	wg_add(&done, WORKERS);
	for (unsigned i = 0; i < WORKERS; i++)
		go(store_and_look, i);
	wg_wait(&done);
	check(true);
}

/* What one goroutine sees: results and neighbours of each operation. */
#define EACH(T, bits)                                                                            \
	static void each_##bits(void)                                                            \
	{                                                                                        \
		struct {                                                                         \
			T before, x, after;                                                      \
		} s = {(T) ~(T)0, 5, (T) ~(T)0};                                                 \
		T expected = 4, top = (T)1 << (8 * sizeof(T) - 1);                               \
                                                                                                 \
		check(__atomic_fetch_add(&s.x, 3, __ATOMIC_SEQ_CST) == 5);                       \
		check(__atomic_sub_fetch(&s.x, 2, __ATOMIC_ACQUIRE) == 6);                       \
		check(__atomic_fetch_or(&s.x, top, __ATOMIC_RELEASE) == 6);                      \
		check(__atomic_and_fetch(&s.x, (T) ~(T)2, __ATOMIC_ACQ_REL) == (top | 4));       \
		check(__atomic_xor_fetch(&s.x, top, __ATOMIC_RELAXED) == 4);                     \
		check(!__atomic_compare_exchange_n(&s.x, &(T){3}, 9, false, 5, 5));              \
		check(__atomic_compare_exchange_n(&s.x, &expected, 9, false, 5, 0));             \
		check(!__atomic_compare_exchange_n(&s.x, &expected, 1, true, 5, 5));             \
		check(expected == 9);                                                            \
		check(__atomic_nand_fetch(&s.x, 8, __ATOMIC_SEQ_CST) == (T) ~(T)8);              \
		check(__atomic_exchange_n(&s.x, 7, __ATOMIC_SEQ_CST) == (T) ~(T)8);              \
		check(__sync_fetch_and_add(&s.x, 1) == 7 && __sync_sub_and_fetch(&s.x, 2) == 6); \
		check(__sync_val_compare_and_swap(&s.x, 6, 2) == 6);                             \
		check(!__sync_bool_compare_and_swap(&s.x, 6, 3));                                \
		check(__sync_lock_test_and_set(&s.x, 3) == 2);                                   \
		check(__atomic_load_n(&s.x, __ATOMIC_ACQUIRE) == 3);                             \
		__atomic_store_n(&s.x, top, __ATOMIC_RELEASE);                                   \
		check(s.x == top && s.before == (T) ~(T)0 && s.after == (T) ~(T)0);              \
	}
EACH(uint8_t, 8)
EACH(uint16_t, 16)
EACH(uint32_t, 32)
EACH(uint64_t, 64)
EACH(widest, most)

/* The forms for any size, as the compiler calls them. */
void any_load(size_t, const void *, void *, int) __asm__("__atomic_load");
void any_store(size_t, void *, const void *, int) __asm__("__atomic_store");
void any_exchange(size_t, void *, const void *, void *, int) __asm__("__atomic_exchange");
bool any_cas(size_t, void *, void *, const void *, int, int) __asm__("__atomic_compare_exchange");
bool any_lock_free(size_t, const void *) __asm__("__atomic_is_lock_free");

static char pattern(unsigned seed, unsigned i)
{
	return (char)(seed + 37 * i);
}

static bool same(const char *bytes, unsigned seed, size_t size)
{
	for (unsigned i = 0; i < size; i++)
		if (bytes[i] != pattern(seed, i))
			return false;
	return true;
}

static void at(size_t size, unsigned offset)
{
	_Alignas(16) char object[64];
	char one[40], two[40], got[40];

	memset(object, 0x77, sizeof(object));
	for (unsigned i = 0; i < size; i++) {
		one[i] = pattern(1, i);
		two[i] = pattern(2, i);
	}
	any_store(size, object + offset, one, 5);
	any_load(size, object + offset, got, 5);
	check(same(got, 1, size));
	check(any_cas(size, object + offset, got, two, 5, 5) && same(object + offset, 2, size));
	check(!any_cas(size, object + offset, one, got, 5, 5) && same(one, 2, size));
	for (unsigned i = 0; i < size; i++)
		one[i] = pattern(3, i);
	any_exchange(size, object + offset, one, one, 5); /* one and the same is allowed */
	check(same(one, 2, size) && same(object + offset, 3, size));
	for (unsigned i = 0; i < sizeof(object); i++)
		if (i < offset || i >= offset + size)
			check(object[i] == 0x77);
}

static void each_alignment(void)
{
	static const bool word[17] = {
	    [1] = true,  [2] = true, [4] = true, [8] = sizeof(long) == 8,
#ifdef __aarch64__
	    [16] = true,
#endif
	};

	for (unsigned size = 1; size <= 33; size++)
		for (unsigned offset = 0; offset < 16; offset++) {
			at(size, offset);
			check(any_lock_free(size, (char *)64 + offset) ==
			      (size < 17 && word[size] && offset % size == 0));
		}
}

int main(void)
{
	each_8();
	each_16();
	each_32();
	each_64();
	each_most();
	each_alignment();
	read_whole();
	wg_add(&all_done, 1);
	go_with(go_attr(.core = 0), all_together);
	wg_wait(&all_done);
	return test_done();
}

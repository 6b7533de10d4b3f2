/* The race detector: plain memory, atomics, the C library and the heap.
 *
 * test: race=1 boards=virt-aarch64,virt-riscv64 cores=1,4 check=0 */
#include <errno.h>
#include "race.h"

/* A short case is one line. */
/* clang-format off */

/* One goroutine, and main beside it. */
#define beside(in_goroutine, ...)             \
	void other(void)                      \
	{                                     \
		in_goroutine;                 \
		chan_send(v.done);            \
	}                                     \
	v.done = chan_make(void, 1);          \
	go(other);                            \
	__VA_ARGS__;                          \
	chan_recv(v.done, NULL)
/* First one, then the other, in an order that nothing makes. */
#define after(first, ...)                     \
	void other(void)                      \
	{                                     \
		first;                        \
		step_to(1);                   \
	}                                     \
	go(other);                            \
	await_step(1);                        \
	__VA_ARGS__

typedef long __attribute__((may_alias)) any_long;
typedef int __attribute__((may_alias)) any_int;
typedef short __attribute__((may_alias)) any_short;
/* Reads a value, and no more. */
static inline void use(long value)
{
	__asm__ volatile("" : : "r"(value));
}

race(write_write) { beside(v.x = 1, v.x = 2); }
race(read_write) { beside(use(v.x), v.x = 2); }
race(write_read) { beside(v.x = 1, use(v.x)); }
no_race(read_read) { beside(use(v.x), use(v.x + 1)); }
race(write_then_write) { after(v.x = 1, v.x = 2); }
race(write_then_read) { after(v.x = 1, use(v.x)); }
race(read_then_write) { after(use(v.x), v.x = 1); }
no_race(read_then_read) { after(use(v.x), use(v.x + 1)); }
race(increment) { beside(v.x++, v.x++); }
race(add_assign) { beside(v.x += 2, v.x -= 2); }
no_race(other_variables) { beside(v.x = 1, v.y = 1); }
no_race(other_bytes) { beside(v.bytes[0] = 1, v.bytes[1] = 1); }
race(same_byte) { beside(v.bytes[3] = 1, v.bytes[3] = 2); }
race(byte_in_word) { beside(v.bytes[5] = 1, *(volatile any_long *)v.bytes = 2); }
no_race(byte_beside_half) { beside(v.bytes[1] = 1, *(volatile any_short *)(v.bytes + 2) = 2); }
race(byte_in_half) { beside(v.bytes[3] = 1, *(volatile any_short *)(v.bytes + 2) = 2); }
no_race(halves) { beside(*(volatile any_int *)v.bytes = 1, *(volatile any_int *)(v.bytes + 4) = 2); }
race(word_and_half) { beside(*(volatile any_long *)v.bytes = 1, use(*(volatile any_int *)(v.bytes + 4))); }
no_race(other_fields) { beside(v.pair.a = 1, v.pair.b = 1); }
race(same_field) { beside(v.pair.a = 1, v.pair.a = 2); }
race(field_and_struct) { beside(v.pair.b = 1, v.pair = (struct pair){2, 3}); }
race(struct_copy) { beside(v.pairs[1] = v.pairs[0], v.pairs[0].b = 1); }
no_race(other_elements) { beside(v.pairs[0].a = 1, v.pairs[1].a = 1); }
race(same_element) { beside(v.pairs[2].a = 1, v.pairs[2].a = 1); }
race(element_by_index) { int i = 2; beside(v.bytes[2] = 1, v.bytes[i] = 2); }
race(pointer_itself) { beside(v.p = &v.x, use(v.p != 0)); }
race(through_pointer) { int *p = &v.x; beside(v.x = 1, *p = 2); }
no_race(through_other_pointer) { int *p = &v.y; beside(v.x = 1, *p = 2); }
race(condition) { beside(v.x = 1, if (v.x) use(1)); }
race(loop_variable) { beside(for (v.x = 0; v.x < 3; v.x++) use(1), use(v.x)); }
race(call_argument) { beside(v.x = 1, use(abs(v.x))); }
race(switch_value) { beside(v.x = 1, switch (v.x) { case 1: use(1); }); }
race(conditional_operand) { beside(v.y = 1, use(v.x ? 0 : v.y)); }
no_race(operand_not_read) { beside(v.y = 1, use(v.x ? v.y : 0)); }
race(logical_and) { v.x = 1; beside(v.y = 1, use(v.x && v.y)); }
no_race(logical_and_short) { beside(v.y = 1, use(v.x && v.y)); }
race(double_word) { beside(v.real = 1, use(v.real > 0)); }
race(floating) { beside(v.single = 1, use(v.single > 0)); }
race(unaligned) { static struct __attribute__((packed)) wide { char c; long l; } *p; p = (void *)v.bytes; beside(p->l = 1, v.bytes[8] = 1); }
no_race(beside_unaligned) { static struct __attribute__((packed)) wide { char c; long l; } *p; p = (void *)v.bytes; beside(p->l = 1, v.bytes[9] = 1); }

no_race(before_go) { v.x = 1; void other(void) { v.x = 2; } go(other); }
race(after_go) { void other(void) { v.x = 2; step_to(1); } go(other); v.x = 1; await_step(1); }
race(two_goroutines) { void other(void) { v.x = 2; } go(other); go(other); }
no_race(go_in_go) { void third(void) { v.x = 2; } void other(void) { v.x = 1; go(third); } go(other); }
race(go_in_go_goes_on) { void third(void) { v.x = 2; step_to(1); } void other(void) { go(third); await_step(1); v.x = 1; } go(other); }
race(brothers) { void third(void) { v.x = 2; step_to(1); } void other(void) { await_step(1); v.x = 1; } go(third); go(other); }
race(ended_is_not_joined) { void other(void) { v.x = 1; } go(other); all_ended(); v.x = 2; }
no_race(go_copy_argument)
{
	void other(struct pair *p) { use(p->a); p->a = 2; }
	struct pair pair = {1, 2};

	go_copy(other, pair);
	pair.a = 3;
	use(pair.a);
}
race(local_variable)
{
	int local = 0;
	void other(int *p) { *p = 1; step_to(1); }

	go(other, &local);
	await_step(1);
	use(*(volatile int *)&local);
}
no_race(stack_used_again)
{
	void third(int *p) { *p = 1; }
	void other(void) { int local[8] = {1}; third(local); use(local[0]); }

	for (int i = 0; i < 4; i++) {
		go(other);
		all_ended();
	}
}
no_race(errno_used_again) { void other(void) { errno = 1; } for (int i = 0; i < 4; i++) { go(other); all_ended(); } }
no_race(race_off) { after((go_race_off(), v.x = 1, go_race_on()), v.x = 2); }
race(race_off_and_on) { after((go_race_off(), go_race_on(), v.x = 1), v.x = 2); }
no_race(race_off_nests) { after((go_race_off(), go_race_off(), go_race_on(), v.x = 1, go_race_on()), v.x = 2); }

/* Many readers: more than there are cells. */
race(many_readers)
{
	void reader(void) { use(v.x); wg_done(&v.wg); }
	void other(void) { use(v.x); step_to(1); }

	wg_add(&v.wg, 3);
	for (int i = 0; i < 3; i++)
		go(reader);
	go(other);
	await_step(1);
	wg_wait(&v.wg);
	v.x = 1;
}
no_race(many_readers_joined)
{
	void reader(void) { use(v.x); wg_done(&v.wg); }

	v.x = 1;
	wg_add(&v.wg, 10);
	for (int i = 0; i < 10; i++)
		go(reader);
	wg_wait(&v.wg);
	v.x = 2;
}
no_race(many_in_turn)
{
	void other(void) { v.x++; wg_done(&v.wg); }

	for (int i = 0; i < 300; i++) {
		wg_add(&v.wg, 1);
		go(other);
		wg_wait(&v.wg);
	}
}
race(slot_given_again)
{
	void nothing(void) { wg_done(&v.wg); }
	void other(void) { v.x = 1; step_to(1); }

	go(other);
	await_step(1);
	for (int i = 0; i < 40; i++) {
		wg_add(&v.wg, 1);
		go(nothing);
		wg_wait(&v.wg);
	}
	v.x = 2;
}

/* One access keeps another in mind that it does not make superfluous. */
race(read_after_own_write) { v.done = chan_make(void, 1); after(v.x = 1; chan_send(v.done); use(v.x), use(v.x)); }
race(write_after_own_read) { after(use(v.x); v.x = 1, use(v.x)); }
race(atomic_after_own_write) { v.done = chan_make(void, 1); after(v.x = 1; chan_send(v.done); __atomic_store_n(&v.x, 1, __ATOMIC_RELAXED), use(__atomic_load_n(&v.x, __ATOMIC_RELAXED))); }
race(part_after_own_write) { v.done = chan_make(void, 1); after(*(volatile any_long *)v.bytes = 1; chan_send(v.done); v.bytes[0] = 2, use(v.bytes[7])); }

/* Atomics. */
#define load(p) __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define store(p, n) __atomic_store_n(p, n, __ATOMIC_SEQ_CST)
no_race(atomic_add_twice) { beside(__atomic_fetch_add(&v.x, 1, __ATOMIC_SEQ_CST), __atomic_fetch_add(&v.x, 1, __ATOMIC_SEQ_CST)); }
no_race(atomic_load_store) { beside(store(&v.x, 1), use(load(&v.x))); }
no_race(atomic_relaxed_twice) { beside(__atomic_store_n(&v.x, 1, __ATOMIC_RELAXED), use(__atomic_load_n(&v.x, __ATOMIC_RELAXED))); }
race(atomic_and_plain) { beside(__atomic_fetch_add(&v.x, 1, __ATOMIC_SEQ_CST), v.x = 1); }
race(atomic_and_plain_read) { after(store(&v.x, 1), use(v.x)); }
race(plain_and_atomic_load) { after(v.x = 1, use(load(&v.x))); }
no_race(plain_read_and_atomic_load) { after(use(v.x), use(load(&v.x))); }
race(atomic_and_part) { beside(store(&v.word, 1), *(volatile char *)&v.word = 1); }
#define published(put, get)                      \
	void other(void)                         \
	{                                        \
		v.y = 1;                         \
		put;                             \
	}                                        \
	go(other);                               \
	while (!(get))                           \
		go_yield();                      \
	use(v.y)
no_race(publish_seq_cst) { published(store(&v.x, 1), load(&v.x)); }
no_race(publish_release) { published(__atomic_store_n(&v.x, 1, __ATOMIC_RELEASE), __atomic_load_n(&v.x, __ATOMIC_ACQUIRE)); }
race(publish_relaxed) { published(__atomic_store_n(&v.x, 1, __ATOMIC_RELAXED), __atomic_load_n(&v.x, __ATOMIC_ACQUIRE)); }
race(read_relaxed) { published(__atomic_store_n(&v.x, 1, __ATOMIC_RELEASE), __atomic_load_n(&v.x, __ATOMIC_RELAXED)); }
no_race(publish_add) { published(__atomic_fetch_add(&v.x, 1, __ATOMIC_RELEASE), __atomic_load_n(&v.x, __ATOMIC_ACQUIRE)); }
no_race(publish_exchange) { published(__atomic_exchange_n(&v.x, 1, __ATOMIC_ACQ_REL), __atomic_exchange_n(&v.x, 0, __ATOMIC_ACQ_REL)); }
no_race(publish_or) { published(__atomic_fetch_or(&v.word, 4, __ATOMIC_SEQ_CST), load(&v.word)); }
no_race(publish_byte) { published(store(&v.bytes[0], 1), load(&v.bytes[0])); }
no_race(publish_half) { published(store((any_short *)v.bytes, 1), load((any_short *)v.bytes)); }
no_race(publish_pointer) { published(store(&v.p, &v.y), load(&v.p)); }
no_race(publish_cas) { int one = 1; published(int zero = 0; __atomic_compare_exchange_n(&v.x, &zero, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED), (one = 1, __atomic_compare_exchange_n(&v.x, &one, 2, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))); }
no_race(failed_cas_acquires) { int seen; published(store(&v.x, 1), (seen = 0, !__atomic_compare_exchange_n(&v.x, &seen, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))); }
no_race(publish_fences) { published(__atomic_thread_fence(__ATOMIC_RELEASE); __atomic_store_n(&v.x, 1, __ATOMIC_RELAXED), __atomic_load_n(&v.x, __ATOMIC_RELAXED) && (__atomic_thread_fence(__ATOMIC_ACQUIRE), true)); }
race(fence_of_one_side) { published(__atomic_thread_fence(__ATOMIC_RELEASE); __atomic_store_n(&v.x, 1, __ATOMIC_RELAXED), __atomic_load_n(&v.x, __ATOMIC_RELAXED)); }
race(store_ends_sequence)
{
	void first(void) { v.y = 1; __atomic_store_n(&v.x, 1, __ATOMIC_RELEASE); step_to(1); }
	void second(void) { await_step(1); __atomic_store_n(&v.x, 2, __ATOMIC_RELAXED); step_to(2); }

	go(first);
	go(second);
	await_step(2);
	if (__atomic_load_n(&v.x, __ATOMIC_ACQUIRE) == 2)
		use(v.y);
}
no_race(add_goes_on_in_sequence)
{
	void first(void) { v.y = 1; __atomic_store_n(&v.x, 1, __ATOMIC_RELEASE); step_to(1); }
	void second(void) { await_step(1); __atomic_fetch_add(&v.x, 1, __ATOMIC_RELAXED); step_to(2); }

	go(first);
	go(second);
	await_step(2);
	if (__atomic_load_n(&v.x, __ATOMIC_ACQUIRE) == 2)
		use(v.y);
}
race(written_after_publishing) { void other(void) { store(&v.x, 1); v.y = 1; step_to(1); } go(other); await_step(1); use(load(&v.x)); use(v.y); }
no_race(atomic_spin_lock)
{
	void locked(void)
	{
		for (int i = 0; i < 10; i++) {
			while (__atomic_exchange_n(&v.x, 1, __ATOMIC_ACQUIRE))
				go_yield();
			v.y++;
			__atomic_store_n(&v.x, 0, __ATOMIC_RELEASE);
		}
	}

	go(locked);
	go(locked);
	locked();
}
static _Atomic struct large { long a[4]; } large;
no_race(large_atomic) { beside(large = (struct large){{1}}, use(((struct large)large).a[0])); }
no_race(publish_large) { large = (struct large){{0}}; published(large = (struct large){{1}}, ((struct large)large).a[0]); }

/* The C library. */
race(memcpy_from) { beside(memcpy(v.bytes, v.bytes + 32, 8), v.bytes[35] = 1); }
race(memcpy_to) { beside(memcpy(v.bytes, v.bytes + 32, 8), use(v.bytes[7])); }
no_race(memcpy_beside) { beside(memcpy(v.bytes, v.bytes + 32, 8), v.bytes[8] = 1); }
no_race(memcpy_reads) { beside(memcpy(v.bytes, v.bytes + 32, 8), use(v.bytes[35])); }
race(memset_and_read) { enum { n = 24 }; beside(memset(v.bytes, 1, n), use(v.bytes[20])); }
race(memmove_within) { enum { n = 16 }; beside(memmove(v.bytes + 8, v.bytes, n), v.bytes[0] = 1); }
race(memcmp_and_write) { beside(use(memcmp(v.bytes, v.bytes + 32, 16)), v.bytes[40] = 0); }
race(strlen_and_write) { strcpy(v.bytes, "hello"); beside(use(strlen(v.bytes)), v.bytes[1] = 'a'); }
no_race(strlen_and_beyond) { strcpy(v.bytes, "hello"); beside(use(strlen(v.bytes)), v.bytes[6] = 'a'); }
race(strcpy_and_read) { beside(strcpy(v.bytes, "abc"), use(v.bytes[3])); }
race(strcmp_and_write) { strcpy(v.bytes, "ab"); beside(use(strcmp(v.bytes, "ab")), v.bytes[1] = 'c'); }
race(snprintf_and_read) { beside(snprintf(v.bytes, 8, "%d", 1234), use(v.bytes[4])); }
no_race(snprintf_beside) { beside(snprintf(v.bytes, 8, "%d", 1234), v.bytes[5] = 1); }
race(large_struct) { static struct big { char c[48]; } *p, b; p = (void *)v.bytes; beside(*p = b, v.bytes[47] = 1); }
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
race(qsort_and_read) { enum { n = 4 }; beside(qsort(v.bytes, n, sizeof(int), compare), use(v.bytes[8])); }

/* The heap. */
no_race(heap_again)
{
	void user(void) { for (int i = 0; i < 20; i++) { int *p = malloc(40); p[0] = i; p[9] = i; free(p); } }

	for (int i = 0; i < 4; i++)
		go(user);
}
race(heap_block) { static int *p; p = malloc(16); beside(p[1] = 1, p[1] = 2); free(p); }
no_race(heap_block_halves) { static int *p; p = malloc(16); beside(p[0] = 1, p[1] = 2); free(p); }
race(free_and_use) { static int *p; p = malloc(16); after(p[1] = 1, free(p)); }
no_race(free_joined) { static int *p; p = malloc(16); beside(p[1] = 1, use(0)); free(p); }
race(calloc_block) { static int *p; p = calloc(4, 4); beside(p[3] = 1, use(p[3])); free(p); }
no_race(realloc_alone) { int *p = malloc(16); p[0] = 1; p = realloc(p, 4000); p[900] = 1; free(p); }
no_race(strdup_each) { void user(void) { char *s = strdup("abc"); s[0] = 'x'; free(s); } go(user); go(user); }
no_race(printf_each) { void user(void) { printf("%s", ""); } go(user); go(user); user(); }

int main(void)
{
	return race_main();
}

/* go and its forms: arguments of every kind arrive as in a call, ids are unique, names are cut
 * at 15, all are counted. */
// test: cores=1,4
#include <limits.h>
#include <string.h>
#include "sched/g.h"
#include "room.h"
#include "test.h"

enum colour { RED, GREEN = 7 };
struct job {
	int n;
	char text[200];
	double half;
};

static struct waitgroup done;

static void none(void)
{
	wg_done(&done);
}

static void bytes(bool b, char c, signed char s, unsigned char u)
{
	check(b == 1 && c == 'x' && s == -3 && u == 253);
	wg_done(&done);
}

static void shorts(short a, unsigned short b, int c, unsigned d)
{
	check(a == -2 && b == 65534 && c == INT32_MIN && d == UINT32_MAX);
	wg_done(&done);
}

static void longs(long a, unsigned long b, long long c, uint64_t d)
{
	check(a == LONG_MIN && b == ULONG_MAX && c == -5 && d == 1ull << 63);
	wg_done(&done);
}

static void widest(int64_t a, uint64_t b, uint64_t c, int64_t d)
{
	check(a == INT64_MIN && b == UINT64_MAX && c == 1 && d == -2);
	wg_done(&done);
}

static void pointers(const char *text, int *p, void (*f)(void), enum colour e)
{
	check(!strcmp(text, "text") && *p == 5 && f == none && e == GREEN);
	wg_done(&done);
}

static void converted(int64_t a, uint8_t b, bool c, size_t d)
{
	check(a == -1 && b == 44 && c && d == 5);
	wg_done(&done);
}

static void three(int a, int b, int c)
{
	check(a == 1 && b == 2 && c == 3);
	wg_done(&done);
}

static int returns(int a)
{
	check(a == 9);
	wg_done(&done);
	return a;
}

static void copied(struct job *j)
{
	struct g *g = arch_self();

	check(j->n == 42 && !strcmp(j->text, "copied") && j->half == 0.5);
	check((uintptr_t)j >= g->stack && (uintptr_t)(j + 1) <= (uintptr_t)g->top);
	check((uintptr_t)j % 16 == 0);
	j->n = 0; /* its own */
	go_yield();
	check(j->n == 0);
	wg_done(&done);
}

#define aligned(n)                                                                                \
	static void aligned_##n(struct aligned_##n *p)                                            \
	{                                                                                         \
		struct g *g = arch_self();                                                        \
                                                                                                  \
		check((uintptr_t)p % (n) == 0 && p->a == 7 && p->b == (n));                       \
		check((uintptr_t)p >= g->stack + 256 && (uintptr_t)(p + 1) <= (uintptr_t)g->top); \
		wg_done(&done);                                                                   \
	}
struct aligned_32 {
	_Alignas(32) char a;
	int b;
};
struct aligned_128 {
	_Alignas(128) char a;
	int b;
};
struct aligned_512 {
	_Alignas(512) char a;
	int b;
};
aligned(32) aligned(128) aligned(512)

    static void alignments(void)
{
	for (int i = 0; i < 4; i++) {
		wg_add(&done, 3);
		go_copy(aligned_32, (struct aligned_32){7, 32});
		go_copy(aligned_128, (struct aligned_128){7, 128});
		go_copy(aligned_512, (struct aligned_512){7, 512});
		wg_wait(&done);
	}
}

static unsigned evaluated;

static int once(int value)
{
	evaluated++;
	return value;
}

static void arguments(void)
{
	struct job job = {42, "copied", 0.5};
	void (*p)(int, int, int) = three;
	int five = 5, many = 300;

	wg_add(&done, 12);
	go(none);
	go(bytes, true, 'x', -3, 253);
	go(shorts, -2, 65534, INT32_MIN, UINT32_MAX);
	go(longs, LONG_MIN, ULONG_MAX, -5, 1ull << 63);
	go(widest, INT64_MIN, UINT64_MAX, 1, -2);
	go(pointers, "text", &five, none, GREEN);
	go(converted, (int8_t)-1, many, 2, 5);
	go(p, once(1), once(2), once(3));
	go(returns, 9);
	check(go_try(three, 1, 2, 3));
	go_with(go_attr(.name = "three"), three, 1, 2, 3);
	go_copy(copied, job);
	job.n = 1;
	wg_wait(&done);
	check(evaluated == 3);
	wg_add(&done, 1);
	go_copy(copied, (struct job){42, "copied", 0.5});
	wg_wait(&done);
	wg_add(&done, 1); /* three calls wg_done too */
	wg_go(&done, three, 1, 2, 3);
	wg_wait(&done);
	wg_add(&done, 1);
	wg_go(&done, widest, INT64_MIN, UINT64_MAX, 1, -2);
	wg_wait(&done);
}

enum { MANY = 500 };
static unsigned ids[MANY];

static void note_id(unsigned i)
{
	ids[i] = go_id();
	go_yield();
	check(ids[i] == go_id());
	wg_done(&done);
}

static void unique_ids(void)
{
	bool unique = true;
	unsigned half = room_for(MANY / 2);

	for (unsigned round = 0; round < 2; round++) { /* also when a g is used again */
		wg_add(&done, half);
		for (unsigned i = 0; i < half; i++)
			go(note_id, round * half + i);
		wg_wait(&done);
	}
	for (unsigned i = 0; i < 2 * half; i++)
		for (unsigned j = 0; j < i; j++)
			unique &= ids[i] != ids[j] && ids[i] != go_id() && ids[i] != 0;
	check(unique);
}

static void named(void)
{
	check(!strcmp(arch_self()->top->name, "0123456789abcde"));
	go_name("short");
	check(!strcmp(arch_self()->top->name, "short"));
	go_name("abcdefghijklmnopqrstuvwxyz");
	check(!strcmp(arch_self()->top->name, "abcdefghijklmno"));
	go_name("");
	check(!strcmp(arch_self()->top->name, ""));
	wg_done(&done);
}

static void names(void)
{
	char name[] = "0123456789abcdefghi";

	check(!strcmp(arch_self()->top->name, "main"));
	wg_add(&done, 1);
	go_with(go_attr(.name = name), named);
	memset(name, 0, sizeof(name)); /* it was copied */
	wg_wait(&done);
}

static void held(chan(int) gate)
{
	chan_recv(gate, NULL);
	wg_done(&done);
}

static void counting(void)
{
	chan(int) gate = chan_make(int, 0);
	unsigned before;

	while ((before = go_count()) != 1) /* those that said wg_done are about to end */
		go_yield();
	wg_add(&done, 10);
	for (unsigned i = 0; i < 10; i++)
		go(held, gate);
	check(go_count() == 11);
	chan_close(gate);
	wg_wait(&done);
	while (go_count() != 1)
		go_yield();
	chan_free(gate);
}

int main(void)
{
	arguments();
	alignments();
	unique_ids();
	names();
	counting();
	return test_done();
}

/* Elements of every size and alignment arrive whole, by every path, and not a byte beside them
 * is written. A channel of each kind knows who has made it, as panics tell. */
#include <string.h>
#include "report/symbols.h"
#include "test.h"

#define BYTES(n)                    \
	typedef struct {            \
		unsigned char b[n]; \
	} bytes##n;
#define EACH_SIZE(X) X(1) X(2) X(3) X(4) X(5) X(7) X(8) X(12) X(16) X(24) X(100) X(255) X(256)
EACH_SIZE(BYTES)
typedef struct {
	uint16_t h[3];
} halves;
typedef struct {
	uint32_t w[3];
} words;
typedef struct {
	uint64_t d[3];
} doubles;
typedef struct {
	uint64_t d[32];
} largest;
typedef struct {
	uint32_t w;
	uint64_t d;
} padded;
typedef struct {
	char c;
	uint32_t w;
} __attribute__((packed)) packed5;
typedef struct {
	char c;
	uint64_t d[3];
} __attribute__((packed)) packed25;
typedef struct {
	uint16_t h;
	uint64_t d;
} __attribute__((packed, aligned(2))) packed10;
typedef struct {
	_Alignas(16) char b[32];
} aligned16;
typedef void (*function)(void);

enum { ROUNDS = 40 };

static void fill(void *v, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		((unsigned char *)v)[i] = (unsigned char)(seed * 7 + i + 1);
}

static bool holds(const void *v, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		if (((const unsigned char *)v)[i] != (unsigned char)(seed * 7 + i + 1))
			return false;
	return true;
}

static bool all(const char *p, size_t n, char c)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != c)
			return false;
	return true;
}

/* One value of type T by the form that `i` names, from a small stack. Then a receive at main,
 * with guards beside v. */
#define TEST(T)                                                                                  \
	static void send_##T(chan(T) c)                                                          \
	{                                                                                        \
		T v;                                                                             \
		for (unsigned i = 0; i < ROUNDS; i++) {                                          \
			fill(&v, sizeof(v), i);                                                  \
			if (i % 3 == 0)                                                          \
				chan_send(c, v);                                                 \
			else if (i % 3 == 1)                                                     \
				check(chan_send_for(c, v, GO_FOREVER) == CHAN_OK);               \
			else                                                                     \
				check(chan_select(on_send_from(c, &v)) == 0);                    \
			fill(&v, sizeof(v), 99);                                                 \
		}                                                                                \
		chan_close(c);                                                                   \
	}                                                                                        \
	static void test_##T(size_t cap)                                                         \
	{                                                                                        \
		chan(T) c = chan_make(T, cap);                                                   \
		struct waitgroup wg = {0};                                                       \
		struct {                                                                         \
			char before[16];                                                         \
			T v;                                                                     \
			char after[16];                                                          \
		} box;                                                                           \
		wg_go(&wg, send_##T, c);                                                         \
		for (unsigned i = 0; i < ROUNDS; i++) {                                          \
			memset(&box, 0x5a, sizeof(box));                                         \
			if (i % 4 == 0)                                                          \
				check(chan_recv(c, &box.v));                                     \
			else if (i % 4 == 1)                                                     \
				check(chan_recv_for(c, &box.v, GO_FOREVER) == CHAN_OK);          \
			else if (i % 4 == 2)                                                     \
				check(chan_select(on_recv(c, &box.v)) == 0);                     \
			else if (i == 3)                                                         \
				check(chan_recv(c, NULL) && (fill(&box.v, sizeof(T), i), true)); \
			else                                                                     \
				while (chan_try_recv(c, &box.v) != CHAN_OK)                      \
					go_yield();                                              \
			check(holds(&box.v, sizeof(T), i));                                      \
			check(all(box.before, 16, 0x5a) && all(box.after, 16, 0x5a));            \
		}                                                                                \
		check(!chan_recv(c, &box.v) && all((char *)&box.v, sizeof(T), 0));               \
		check(all(box.before, 16, 0x5a) && all(box.after, 16, 0x5a));                    \
		wg_wait(&wg); /* chan_close has returned */                                      \
		chan_free(c);                                                                    \
	}
#define TEST_BYTES(n) TEST(bytes##n)
EACH_SIZE(TEST_BYTES)
#define EACH_OTHER(X) \
	X(halves)     \
	X(words)      \
	X(doubles)    \
	X(largest)    \
	X(padded)     \
	X(packed5)    \
	X(packed25)   \
	X(packed10)   \
	X(aligned16) X(uint8_t) X(uint16_t) X(uint32_t) X(uint64_t) X(float) X(double) X(function)
EACH_OTHER(TEST)

static bool made_in(void *made, const char *maker)
{
	uintptr_t start;
	const char *name = symbol_find(((struct channel *)made)->site - 1, &start);

	return name && strcmp(name, maker) == 0;
}

static __attribute__((__noinline__)) void makes(void)
{
	chan(int) passes = chan_make(int, 0), keeps = chan_make(int, 3);
	chan(largest) passes_large = chan_make(largest, 0), tried = chan_try_make(largest, 2);
	chan(go_time) after = go_after(sec(1000)), over = go_after(0);
	struct timer timer = {0};
	struct ticker ticker = {0};

	timer_reset(&timer, sec(1000));
	ticker_start(&ticker, sec(1000));
	check(made_in(passes, "makes") && made_in(keeps, "makes"));
	check(made_in(passes_large, "makes") && made_in(tried, "makes"));
	check(made_in(after, "makes") && made_in(over, "makes"));
	check(made_in(timer.c, "makes") && made_in(ticker.c, "makes"));
	timer_stop(&timer);
	ticker_stop(&ticker);
	chan_free(passes);
	chan_free(keeps);
	chan_free(passes_large);
	chan_free(tried);
	chan_free(after);
	chan_free(over);
}

int main(void)
{
	makes();
	for (size_t cap = 0; cap <= 3; cap += 1 + (cap > 0)) {
#define RUN(T) test_##T(cap);
#define RUN_BYTES(n) RUN(bytes##n)
		EACH_SIZE(RUN_BYTES)
		EACH_OTHER(RUN)
	}
	return test_done();
}

/* Goroutines that never wait are preempted between any two instructions and moved to other cores:
 * their registers, general and floating-point, and their stacks come back as they were, and
 * those that do wait still get their turn. */
#include "stress.h"

enum { ROUNDS = 3, HOGS = 8, TICKERS = 4, STEPS = 40000 };

static struct waitgroup all;
static uint32_t hogs;
static volatile unsigned steps = STEPS / 20; /* volatile: each time is computed */

/* Keeps many values in registers; both halves compute the same, in another order. */
static uint64_t mix(uint32_t seed, unsigned n)
{
	uint64_t a = seed, b = seed * 3, c = seed ^ 0x55, d = ~seed, e = seed + 99, f = 7;

	for (unsigned i = 0; i < n; i++) {
		a = a * 6364136223846793005u + b;
		b ^= c >> 7;
		c += d << 3;
		d -= e;
		e ^= f + i;
		f += a >> 11;
	}
	return a ^ b ^ c ^ d ^ e ^ f;
}

static double mix_fp(uint32_t seed, unsigned n)
{
	double a = seed, b = 1, c = 2, d = 3, e = 5;

	for (unsigned i = 0; i < n; i++) {
		a = a * 0.5 + b;
		b = b * 0.25 + c;
		c = c * 0.125 + d * 0.5;
		d = d * 0.75 + e / (i + 1);
		e = e * 0.9 + a * 0.001;
	}
	return a + b + c + d + e;
}

static uint64_t word_of(double d)
{
	union {
		double d;
		uint64_t word;
	} u = {d};

	return u.word;
}

static void hog(uint32_t i)
{
	uint64_t whole, fp;

	go_preempt_off();
	whole = mix(i, steps);
	fp = word_of(mix_fp(i, steps));
	go_preempt_on();
	for (unsigned n = 0; n < 20; n++) {
		must(mix(i, steps) == whole);
		must(word_of(mix_fp(i, steps)) == fp);
	}
	__atomic_fetch_sub(&hogs, 1, __ATOMIC_RELAXED);
}

static void ticker(uint32_t i)
{
	struct chance c = chance_of(i);

	while (__atomic_load_n(&hogs, __ATOMIC_RELAXED))
		if (below(&c, 2))
			go_sleep(us(below(&c, 300)));
		else
			go_yield();
}

static void work(void)
{
	hogs = HOGS;
	for (unsigned i = 0; i < HOGS; i++)
		wg_go(&all, hog, i * 1000 + stress_round);
	for (unsigned i = 0; i < TICKERS; i++)
		wg_go(&all, ticker, i);
	wg_wait(&all);
}

int main(int argc, char **argv)
{
	uint64_t preemptions = 0;

	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	for (unsigned i = 0; i < go_cores(); i++)
		preemptions += go_stats_read().core[i].preemptions;
	must(preemptions > ROUNDS);
	return stress_end(HOGS + TICKERS);
}

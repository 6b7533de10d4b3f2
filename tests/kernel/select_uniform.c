/* Among ready cases each has the same chance. Chi-square over DRAWS draws; the bounds are passed by chance once in 1e8. */
#include "test.h"

enum { MOST = 100, DRAWS = 200 };

/* The 1 - 1e-8 quantile, by Wilson and Hilferty from above, in whole numbers. */
static const struct {
	size_t n;
	unsigned bound;
} sizes[] = {{2, 36}, {3, 42}, {4, 46}, {8, 60}, {9, 64}, {20, 95}, {100, 240}};

static void draws(const struct chan_case *cases, size_t n, unsigned bound, const char *what)
{
	static struct chan_case copy[MOST];
	unsigned count[MOST] = {0}, total = DRAWS * (unsigned)n;
	uint64_t sum = 0;

	for (unsigned i = 0; i < total; i++) {
		int k;

		for (size_t j = 0; j < n; j++)
			copy[j] = cases[j];
		k = chan_select_array(copy, n, i % 2 ? GO_FOREVER : 0);
		if (!check(k >= 0 && (size_t)k < n))
			return;
		count[k]++;
	}
	for (size_t k = 0; k < n; k++) {
		int64_t off = (int64_t)count[k] - DRAWS;

		sum += (uint64_t)(off * off);
	}
	if (!check(sum / DRAWS < bound && sum > 0))
		kprintf("%s, %zu cases: chi-square %u\n", what, n, (unsigned)(sum / DRAWS));
}

static struct chan_case cases[MOST];

int main(void)
{
	chan(int) closed[MOST];
	chan(void) many = chan_make(void, 1 << 20); /* neither full nor empty, in both directions */

	for (int i = 0; i < 50000; i++)
		chan_send(many);
	for (int i = 0; i < MOST; i++) {
		closed[i] = chan_make(int, 0);
		chan_close(closed[i]);
	}
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		for (int i = 0; i < MOST; i++)
			cases[i] = on_recv(closed[i], NULL);
		draws(cases, sizes[s].n, sizes[s].bound, "closed channels");
		for (int i = 0; i < MOST; i++)
			cases[i] = on_recv(closed[0], NULL);
		draws(cases, sizes[s].n, sizes[s].bound, "one closed channel");
		for (int i = 0; i < MOST; i++)
			cases[i] = i % 2 ? on_recv(many, NULL) : on_send_from(many, NULL);
		draws(cases, sizes[s].n, sizes[s].bound, "both directions of one channel");
	}
	return test_done();
}

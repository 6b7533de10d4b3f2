/* Among ready cases each has the same chance. Chi-square over DRAWS draws; the bounds are passed
 * by chance once in 1e8. */
#include "test.h"

enum { MOST = 100, DRAWS = 200 };

/* Cases, and the 1 - 1e-8 quantile of chi-square with a degree of freedom less, or a little
 * above. */
static const struct {
	size_t n;
	unsigned bound;
} sizes[] = {{2, 36}, {3, 42}, {4, 46}, {8, 60}, {9, 64}, {20, 95}, {100, 240}};

static uint64_t spread; /* of all tables */

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
	spread += sum / DRAWS;
	if (!check(sum / DRAWS < bound))
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
	/* turns instead of chance would have none; of chance some 420 are expected */
	check(spread > 200);
	return test_done();
}

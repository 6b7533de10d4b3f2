/* Among ready cases each has the same chance, and among those of a channel that comes while all wait.
 * Chi-square over DRAWS draws for each case, and once over 100,000 draws in all; the bounds are passed by
 * chance once in 1e8. */
// test: cores=1,4
#include "chan_waiting.h"
#include "test.h"

enum { MOST = 100, DRAWS = 200 };

/* Cases, and the 1 - 1e-8 quantile of chi-square with a degree of freedom less, or a little
 * above. */
static const struct {
	size_t n;
	unsigned bound;
} sizes[] = {{2, 36}, {3, 42}, {4, 46}, {8, 60}, {9, 64}, {20, 95}, {100, 240}};

static uint64_t spread; /* of all tables */

static void draws_of(unsigned each, const struct chan_case *cases, size_t n, unsigned bound,
                     const char *what)
{
	static struct chan_case copy[MOST];
	unsigned count[MOST] = {0}, total = each * (unsigned)n;
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
		int64_t off = (int64_t)count[k] - each;

		sum += (uint64_t)(off * off);
	}
	spread += sum / each;
	if (!check(sum / each < bound))
		kprintf("%s, %zu cases: chi-square %u\n", what, n, (unsigned)(sum / each));
}

static void draws(const struct chan_case *cases, size_t n, unsigned bound, const char *what)
{
	draws_of(DRAWS, cases, n, bound, what);
}

/* The same for selects that wait: a channel that stands in several cases serves one of them. A large
 * select lists only one of these. */

enum { SMALL_WAIT = 7, LARGE_WAIT = 28, LISTED_ALL = 8 };
static const bool live[7] = {true, false, true, true, false, false, true};
static unsigned live_cases; /* of the select that waits */

/* Comes when somebody waits. */
static void partner(chan(int) c, enum chan_direction d, unsigned listed)
{
	if (d == CHAN_RECEIVES)
		await_receivers(c, listed);
	else
		await_senders(c, listed);
	if (d == CHAN_RECEIVES)
		chan_send(c, 1);
	else
		chan_recv(c, NULL);
}

/* Cases 0, 2, 3 and 6 of seven are of the channel that comes; the others are of one that never does. Value i
 * of c's cases is its own. */
static int wait_once(chan(int) c, chan(int) never, int n, enum chan_direction d)
{
	struct chan_case w[LARGE_WAIT];
	int values[LARGE_WAIT] = {0}, k;

	for (int i = 0; i < n; i++) {
		w[i] = on_recv(live[i % 7] ? c : never, &values[i]);
		if (live[i % 7])
			w[i].direction = d;
	}
	w[4].direction = CHAN_SENDS;
	go(partner, c, d, n > LISTED_ALL ? 1 : live_cases);
	k = chan_select_array(w, (size_t)n, GO_FOREVER);
	check(k >= 0 && k < n && live[k % 7]);
	for (int i = 0; i < n; i++)
		check(values[i] == (i == k && d == CHAN_RECEIVES));
	return k;
}

static void waits(int n, enum chan_direction d, unsigned bound, const char *what)
{
	chan(int) c = chan_make(int, 0), never = chan_make(int, 0);
	unsigned count[LARGE_WAIT] = {0};
	uint64_t sum = 0;

	live_cases = (unsigned)n / 7 * 4;
	for (unsigned i = 0; i < live_cases * DRAWS; i++)
		count[wait_once(c, never, n, d)]++;
	for (int k = 0; k < n; k++) {
		int64_t off = (int64_t)count[k] - (live[k % 7] ? DRAWS : 0);

		sum += (uint64_t)(off * off);
	}
	spread += sum / DRAWS;
	if (!check(sum / DRAWS < bound))
		kprintf("%d %s: chi-square %u\n", n, what, (unsigned)(sum / DRAWS));
	chan_free(c);
	chan_free(never);
}

/* Another select waits on the channel already. */
static void stands(chan(int) c, chan(int) over)
{
	while (chan_select(on_recv(over, NULL), on_recv(c, NULL), on_recv(c, NULL)) != 0)
		;
}

static void send_two(chan(int) c)
{
	await_receivers(c, 4);
	chan_send(c, 1);
	chan_send(c, 2);
}

/* Who waits first is served first, whatever cases there are. */
static void turns(void)
{
	chan(int) c = chan_make(int, 0), over = chan_make(int, 0);
	unsigned count[2] = {0};

	go(stands, c, over);
	for (int i = 0; i < DRAWS; i++) {
		int values[2] = {0}, k;

		await_receivers(c, 2);
		go(send_two, c);
		k = chan_select(on_recv(c, &values[0]), on_recv(c, &values[1]));
		check(values[k] == 2 && values[!k] == 0);
		count[k]++;
	}
	chan_send(over, 1);
	check(count[0] > DRAWS / 4 && count[1] > DRAWS / 4);
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
	draws_of(100000 / 5, cases, 5, 50, "both directions of one channel");
	waits(SMALL_WAIT, CHAN_RECEIVES, 46, "receives that wait");
	waits(SMALL_WAIT, CHAN_SENDS, 46, "sends that wait");
	waits(LARGE_WAIT, CHAN_RECEIVES, 90, "receives that wait");
	waits(LARGE_WAIT, CHAN_SENDS, 90, "sends that wait");
	turns();
	/* turns instead of chance would have none; of chance some 460 are expected */
	check(spread > 200);
	return test_done();
}

/* Among ready cases each has the same chance, and among those of a channel that comes while all
 * wait. Chi-square over DRAWS draws; the bounds are passed
 * by chance once in 1e8. */
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

/* The same for selects that wait: a channel that stands in several cases serves one of them. */

enum { WAITS = 7, LIVE = 4 };

/* Comes when somebody waits. */
static void partner(chan(int) c, enum chan_direction d)
{
	if (d == CHAN_RECEIVES)
		await_receivers(c, LIVE);
	else
		await_senders(c, LIVE);
	if (d == CHAN_RECEIVES)
		chan_send(c, 1);
	else
		chan_recv(c, NULL);
}

/* Cases 0, 2, 3 and 6 are of the channel that comes; the others are of one that never does. Value i of
 * c's cases is its own. */
static int wait_once(chan(int) c, chan(int) never, enum chan_direction d)
{
	static const bool live[WAITS] = {true, false, true, true, false, false, true};
	struct chan_case w[WAITS];
	int values[WAITS] = {0}, k;

	for (int i = 0; i < WAITS; i++) {
		w[i] = on_recv(live[i] ? c : never, &values[i]);
		if (live[i])
			w[i].direction = d;
	}
	w[4].direction = CHAN_SENDS;
	go(partner, c, d);
	k = chan_select_array(w, WAITS, GO_FOREVER);
	check(k >= 0 && k < WAITS && live[k]);
	for (int i = 0; i < WAITS; i++)
		check(values[i] == (i == k && d == CHAN_RECEIVES));
	return k;
}

static void waits(enum chan_direction d, const char *what)
{
	chan(int) c = chan_make(int, 0), never = chan_make(int, 0);
	unsigned count[WAITS] = {0};
	uint64_t sum = 0;

	for (int i = 0; i < LIVE * DRAWS; i++)
		count[wait_once(c, never, d)]++;
	for (int k = 0; k < WAITS; k++) {
		int64_t off = (int64_t)count[k] - DRAWS;

		sum += count[k] ? (uint64_t)(off * off) : 0;
	}
	spread += sum / DRAWS;
	if (!check(count[0] && count[2] && count[3] && count[6] && sum / DRAWS < 46))
		kprintf("%s: chi-square %u\n", what, (unsigned)(sum / DRAWS));
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
	waits(CHAN_RECEIVES, "receives that wait");
	waits(CHAN_SENDS, "sends that wait");
	turns();
	/* turns instead of chance would have none; of chance some 420 are expected */
	check(spread > 200);
	return test_done();
}

/* Selects that meet selects: on the same channels in opposite orders, in both directions of one
 * channel, with cases that never run, small ones and large ones, and with plain partners.
 * Nothing hangs, and every value arrives once. */
// test: cores=1,2,4,8 check=0
// test: cores=4 check=1
// test: cores=4 check=0 limit=30 opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
#include "chan_waiting.h"
#include "test.h"

enum { CHANNELS = 12, LARGEST = 100, ROUNDS = 300 };
static chan(int) c[CHANNELS];
static unsigned sent, received, sends; /* atomic: sums of the values; how many */

static void add(unsigned *sum, int v)
{
	__atomic_fetch_add(sum, (unsigned)v, __ATOMIC_RELAXED);
	if (sum == &sent)
		__atomic_fetch_add(&sends, 1, __ATOMIC_RELAXED);
}

/* One select of n cases on channels from `first` on, up or down; every other case sends when
 * `turn` says so. */
struct side {
	int n, first, step, turn;
};

static void fill(struct chan_case *cases, const struct side *s, int *in, int *out)
{
	for (int i = 0; i < s->n; i++) {
		int k = ((s->first + i * s->step) % CHANNELS + CHANNELS) % CHANNELS;

		if (i >= 4 && i % 7 == 3)
			cases[i] = on_recv((chan(int))0, in);
		else
			cases[i] = k % 2 == s->turn ? on_send_from(c[k], out) : on_recv(c[k], in);
	}
}

static void one_select(struct chan_case *cases, const struct side *s, int value)
{
	int in = 0, out = value, i;

	fill(cases, s, &in, &out);
	i = chan_select_array(cases, (size_t)s->n, GO_FOREVER);
	if (!check(i >= 0 && i < s->n))
		return;
	if (cases[i].direction == CHAN_SENDS) {
		check(in == 0);
		add(&sent, value);
	} else {
		check(in > 0);
		add(&received, in);
	}
}

static void selects(const struct side *s, struct waitgroup *wg)
{
	struct chan_case cases[LARGEST];

	for (int i = 1; i <= ROUNDS; i++)
		one_select(cases, s, i);
	wg_done(wg);
}

static void plain(const struct side *s, struct waitgroup *wg)
{
	for (int i = 1, in; i <= ROUNDS; i++) {
		int k = (s->first + i * 7) % CHANNELS;

		if (k % 2 == s->turn) {
			chan_send(c[k], i);
			add(&sent, i);
		} else {
			check(chan_recv(c[k], &in));
			add(&received, in);
		}
	}
	wg_done(wg);
}

/* Whatever one side does meets the other, and both do as much, so both end. m of 0: plain
 * partners. */
static void meet(int n, int m, int pairs)
{
	struct side up = {.n = n, .first = 0, .step = 1, .turn = 0};
	struct side down = {
	    .n = m, .first = n < CHANNELS && m ? n - 1 : CHANNELS - 1, .step = -1, .turn = 1};
	struct waitgroup wg = {0};

	sent = received = sends = 0;
	wg_add(&wg, 2 * pairs);
	for (int i = 0; i < pairs; i++) {
		go_with(go_attr(.stack = 16384), selects, &up, &wg);
		go_with(go_attr(.stack = 16384), m ? selects : plain, &down, &wg);
	}
	wg_wait(&wg);
	check(sent == received && sends == (unsigned)(pairs * ROUNDS));
	for (int i = 0; i < CHANNELS; i++)
		check(!waiting(chan_of(c[i]), CHAN_SENDS) &&
		      !waiting(chan_of(c[i]), CHAN_RECEIVES));
}

/* Both directions of one channel in each of several selects: each meets another one, never
 * itself. */
struct ring {
	chan(int) c;
	chan(void) stop;
	int cases;
	unsigned sends, receives; /* atomic */
};

static void both_directions(struct ring *r, int me, struct waitgroup *wg)
{
	struct chan_case cases[20];

	for (;;) {
		int in = -1, i;

		for (int k = 0; k < r->cases; k++)
			cases[k] = k % 2 ? on_recv(r->c, &in) : on_send_from(r->c, &me);
		cases[r->cases - 1] = on_recv(r->stop, NULL);
		i = chan_select_array(cases, (size_t)r->cases, GO_FOREVER);
		if (i == r->cases - 1)
			break;
		if (i % 2) {
			check(in >= 0 && in != me);
			if (__atomic_add_fetch(&r->receives, 1, __ATOMIC_RELAXED) == 1000)
				chan_close(r->stop);
		} else {
			check(in == -1);
			__atomic_fetch_add(&r->sends, 1, __ATOMIC_RELAXED);
		}
	}
	wg_done(wg);
}

static void ring(int cases, int members)
{
	struct ring r = {.c = chan_make(int, 0), .stop = chan_make(void, 0), .cases = cases};
	struct waitgroup wg = {0};

	wg_add(&wg, members);
	for (int i = 0; i < members; i++)
		go_with(go_attr(.stack = 8192), both_directions, &r, i, &wg);
	wg_wait(&wg);
	check(r.sends == r.receives && r.receives >= 1000);
	chan_free(r.c);
}

int main(void)
{
	static const int sizes[][2] = {{1, 1},     {2, 2}, {8, 8},  {9, 9},   {20, 20},
	                               {100, 100}, {2, 9}, {9, 2},  {100, 2}, {100, 8},
	                               {20, 1},    {1, 9}, {100, 0}};

	for (int i = 0; i < CHANNELS; i++)
		c[i] = chan_make(int, 0);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		meet(sizes[i][0], sizes[i][1], 1);
		meet(sizes[i][0], sizes[i][1], 4);
	}
	ring(3, 2);
	ring(3, 5);
	ring(9, 4);
	ring(20, 7);
	return test_done();
}

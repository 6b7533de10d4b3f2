/* A select of as many cases as there may be, or as there is memory for: over that many channels, over one
 * channel, in both directions of one, and with nothing but null channels around one that lives. Its work
 * grows with the number of cases, not with its square: otherwise the time limit ends the test.
 * chan_masked.sh counts for how long interrupts are masked. */
// test: cores=4 check=0
// test: cores=1 check=0 boards=virt-aarch64
#include <stdlib.h>
#include "chan_waiting.h"
#include "test.h"

static size_t n;
static struct chan_case *cases, *others;
static chan(int) * channels;
static int *values;
static bool *oks;

static bool make(void)
{
	size_t each =
	    2 * sizeof(struct chan_case) + sizeof(chan(int)) + sizeof(int) + sizeof(bool) + 256;

	n = mem_free_bytes() / 2 / each;
	n = n < CHAN_CASES_MAX ? n : CHAN_CASES_MAX;
	cases = malloc(n * sizeof(cases[0]));
	others = malloc(n * sizeof(others[0]));
	channels = malloc(n * sizeof(channels[0]));
	values = malloc(n * sizeof(values[0]));
	oks = malloc(n * sizeof(oks[0]));
	if (!cases || !others || !channels || !values || !oks)
		return false;
	for (size_t i = 0; i < n; i++)
		channels[i] = chan_make(int, 0);
	return true;
}

static void nobody_left(void)
{
	for (size_t i = 0; i < n; i++)
		if (!check(!waiting(chan_of(channels[i]), CHAN_RECEIVES) &&
		           !waiting(chan_of(channels[i]), CHAN_SENDS)))
			return;
}

static void clear(void)
{
	for (size_t i = 0; i < n; i++) {
		values[i] = -1;
		oks[i] = false;
	}
}

/* Only case k was served, with v. */
static void only(size_t k, int v)
{
	for (size_t i = 0; i < n; i++)
		if (!check(values[i] == (i == k ? v : -1)) || !check(oks[i] == (i == k && v)))
			return;
}

static void comes(chan(int) last, chan(int) c, int v)
{
	await_receivers(last, 1);
	if (v)
		chan_send(c, v);
	else
		chan_close(c);
}

/* As many channels as cases; the array is used again. */
static void distinct(void)
{
	size_t served[] = {0, n / 3, n - 1};

	for (size_t i = 0; i < n; i++)
		cases[i] = on_recv_ok(channels[i], &values[i], &oks[i]);
	for (unsigned r = 0; r < 3; r++) {
		size_t k = served[r];

		clear();
		go(comes, channels[n - 1], channels[k], 7);
		check(chan_select_array(cases, n, GO_FOREVER) == (int)k);
		only(k, 7);
		for (size_t i = 0; i < n; i++)
			if (!check(cases[i].channel == chan_of(channels[i])))
				break;
	}
	check(chan_select_array(cases, n, us(10)) == -1);
	nobody_left();
}

static void comes_to(chan(int) c, int v)
{
	while (!waiting(chan_of(c), CHAN_RECEIVES))
		go_yield();
	if (v)
		chan_send(c, v);
	else
		chan_close(c);
}

/* One channel in all cases but a null one now and then, of which any may be served; in the last round it is
 * closed. */
static void doubles(void)
{
	chan(int) c = chan_make(int, 0);
	int low = INT32_MAX, high = -1;

	for (size_t i = 0; i < n; i++)
		cases[i] = on_recv_ok(i % 10 == 3 ? (chan(int))0 : c, &values[i], &oks[i]);
	for (int v = 20; v >= 0; v--) {
		int k;

		clear();
		go(comes_to, c, v);
		k = chan_select_array(cases, n, GO_FOREVER);
		check(k >= 0 && k % 10 != 3);
		only((size_t)k, v);
		low = k < low ? k : low;
		high = k > high ? k : high;
		for (size_t i = 0; i < n; i++)
			if (!check(cases[i].channel == (i % 10 == 3 ? 0 : chan_of(c))))
				break;
	}
	check(high - low > (int)n / 8); /* by chance below that once in 1e14 */
	chan_free(c);
}

static void meets(chan(int) c, chan(void) over, int direction)
{
	int v = -1;

	await_waiting(chan_of(c), direction == CHAN_SENDS ? CHAN_RECEIVES : CHAN_SENDS, 1);
	if (direction == CHAN_SENDS)
		chan_send(c, 5);
	else
		check(chan_recv(c, &v) && v == 6);
	chan_send(over);
}

/* Both directions of one channel: nobody meets himself, and whoever comes is served. */
static void both_directions(void)
{
	chan(int) c = chan_make(int, 0);
	chan(void) over = chan_make(void, 0);
	int six = 6;

	for (size_t i = 0; i < n; i++)
		cases[i] = i % 2 ? on_recv_ok(c, &values[i], &oks[i]) : on_send_from(c, &six);
	clear();
	check(chan_select_array(cases, n, us(10)) == -1);
	only(n, 0);
	for (int i = 0; i < 12; i++) {
		int d = i % 2, k;

		clear();
		go(meets, c, over, d);
		k = chan_select_array(cases, n, GO_FOREVER);
		check(k >= 0 && k % 2 == (d == CHAN_SENDS));
		only(d == CHAN_SENDS ? (size_t)k : n, 5);
		chan_recv(over, NULL);
	}
	chan_free(c);
	chan_free(over);
}

/* One channel that lives, first, last and in the middle of null ones. */
static void nulls(void)
{
	size_t lives[] = {0, n / 2, n - 1};

	for (unsigned r = 0; r < 3; r++) {
		for (size_t i = 0; i < n; i++)
			cases[i] = on_recv_ok((chan(int))0, &values[i], &oks[i]);
		check(chan_select_array(cases, n, us(10)) == -1);
		cases[lives[r]].channel = chan_of(channels[0]);
		clear();
		go(comes, channels[0], channels[0], 3);
		check(chan_select_array(cases, n, GO_FOREVER) == (int)lives[r]);
		only(lives[r], 3);
	}
	nobody_left();
}

static int sent;

static void sends_down(chan(void) over)
{
	static int v = 9;

	for (size_t i = 0; i < n; i++)
		others[i] = on_send_from(channels[n - 1 - i], &v);
	sent = chan_select_array(others, n, GO_FOREVER);
	chan_send(over);
}

/* Two selects over the same channels, from either end: they meet once. */
static void meet(void)
{
	chan(void) over = chan_make(void, 0);

	for (int r = 0; r < 3; r++) {
		int k;

		clear();
		go_with(go_attr(.stack = 8192), sends_down, over);
		for (size_t i = 0; i < n; i++)
			cases[i] = on_recv_ok(channels[i], &values[i], &oks[i]);
		k = chan_select_array(cases, n, GO_FOREVER);
		only((size_t)k, 9);
		chan_recv(over, NULL);
		check(sent == (int)n - 1 - k);
	}
	nobody_left();
	chan_free(over);
}

int main(void)
{
	if (!check(make()))
		return test_done();
	kprintf("%zu cases\n", n);
	check(n == CHAN_CASES_MAX || mem_free_bytes() < CHAN_CASES_MAX * 600);
	distinct();
	doubles();
	both_directions();
	nulls();
	meet();
	for (size_t i = 0; i < n; i++)
		chan_free(channels[i]);
	return test_done();
}

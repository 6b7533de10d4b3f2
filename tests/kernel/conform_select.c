/* Select, to the Go specification: what the other tests do not check. In brackets: the section. The head of
 * conform_channels says where each of Go's tests has its counterpart; of the runtime's own tests of select:
 *   SelfSelect, SelectStress                 select_meet (ring), stress/selects
 *   SelectFairness, PseudoRandomSend         select_uniform
 *   NonblockSelectRace, 2                    here, nobody_finds_nothing
 *   SelectDuplicateChannel                   here, leaves_no_trace
 *   reflect.Select, up to 65,536 cases       select_forms (arrays), select_large */
// test: cores=4
// test: cores=1 check=0 boards=virt-aarch64
#include "chan_waiting.h"
#include "test.h"

static chan(int) const nil = 0;
static chan(int) never, nowhere; /* nobody sends on the one, or receives from the other */

/* A value that a select sends is sent on one channel only. [Select statements: a single one of the cases
 * that can proceed is chosen.] Four others pass on what comes on each channel. */
enum { VALUES = 2000, WAYS = 4 };

static void send_somewhere(chan(int) * c)
{
	for (int v = 0; v < VALUES; v++)
		chan_select(on_send(c[0], v), on_send(c[1], v), on_send(c[2], v), on_send(c[3], v));
	for (int i = 0; i < WAYS; i++)
		chan_close(c[i]);
}

static void pass_on(chan(int) from, chan(int) to, chan(void) over)
{
	for (int v; chan_recv(from, &v);)
		chan_send(to, v);
	chan_send(over);
}

static void doubles(size_t capacity)
{
	static uint8_t seen[VALUES];
	chan(int) c[WAYS], all = chan_make(int, 0);
	chan(void) over = chan_make(void, 0);
	int ended = 0, came = 0, v;

	for (int i = 0; i < WAYS; i++) {
		c[i] = chan_make(int, capacity);
		go(pass_on, c[i], all, over);
	}
	go(send_somewhere, c);
	while (ended < WAYS)
		if (chan_select(on_recv(all, &v), on_recv(over, NULL)) == 0) {
			came++;
			seen[v]++;
		} else {
			ended++;
		}
	check(came == VALUES);
	for (v = 0; v < VALUES; v++, seen[v - 1] = 0)
		check(seen[v] == 1);
	chan_free(all);
	chan_free(over);
	/* the last chan_close may not have returned: the channels are left alone */
}

/* Every form of a receive meets every form of a send, whoever comes first. A form that tries does so until
 * the other waits. [Select statements; send statements; receive operator: communication blocks until it can
 * proceed.] */
enum { RECEIVES = 9, SENDS = 8 };

static bool receive(unsigned form, chan(int) c, int *v)
{
	struct chan_case cases[12];
	bool ok = true;

	switch (form) {
	case 0:
		return chan_recv(c, v);
	case 1:
		return chan_recv_for(c, v, sec(1000)) == CHAN_OK;
	case 2:
		while (chan_try_recv(c, v) != CHAN_OK)
			go_yield();
		return true;
	case 3:
		return chan_select(on_recv_ok(c, v, &ok)) == 0 && ok;
	case 4:
		return chan_select(on_recv(never, NULL), on_recv_ok(c, v, &ok), on_send(nil, 1)) ==
		           1 &&
		       ok;
	case 5:
		return chan_select_for(sec(1000), on_send(nowhere, 1), on_recv_ok(c, v, &ok)) ==
		           1 &&
		       ok;
	case 6:
		while (chan_try_select(on_recv(never, NULL), on_recv_ok(c, v, &ok)) != 1)
			go_yield();
		return ok;
	case 7:
		return chan_select(on_recv_ok(c, v, &ok), on_recv_ok(c, v, &ok)) >= 0 && ok;
	default:
		for (int i = 0; i < 12; i++)
			cases[i] = i % 5 ? on_recv(never, NULL) : on_recv_ok(c, v, &ok);
		return chan_select_array(cases, 12, GO_FOREVER) % 5 == 0 && ok;
	}
}

static bool send(unsigned form, chan(int) c, int v)
{
	struct chan_case cases[12];

	switch (form) {
	case 0:
		chan_send(c, v);
		return true;
	case 1:
		return chan_send_for(c, v, sec(1000)) == CHAN_OK;
	case 2:
		while (chan_try_send(c, v) != CHAN_OK)
			go_yield();
		return true;
	case 3:
		return chan_select(on_send(c, v)) == 0;
	case 4:
		return chan_select(on_recv(nil, NULL), on_recv(never, NULL), on_send(c, v)) == 2;
	case 5:
		while (chan_try_select(on_recv(never, NULL), on_send(c, v)) != 1)
			go_yield();
		return true;
	case 6:
		return chan_select_for(sec(1000), on_send(c, v), on_send(c, v)) >= 0;
	default:
		for (int i = 0; i < 12; i++)
			cases[i] = i % 5 ? on_recv(never, NULL) : on_send_from(c, &v);
		return chan_select_array(cases, 12, GO_FOREVER) % 5 == 0;
	}
}

/* These two never wait, so of an unbuffered channel not both can be the partners. */
static bool tries_to_receive(unsigned form)
{
	return form == 2 || form == 6;
}

static bool tries_to_send(unsigned form)
{
	return form == 2 || form == 5;
}

static void send_by(unsigned form, chan(int) c, int v, struct waitgroup *wg)
{
	check(send(form, c, v));
	wg_done(wg);
}

static void receive_by(unsigned form, chan(int) c, int v, struct waitgroup *wg)
{
	int got = -1;

	check(receive(form, c, &got) && got == v);
	wg_done(wg);
}

static void forms(size_t capacity)
{
	chan(int) c = chan_make(int, capacity);
	struct waitgroup wg = {0};

	for (unsigned i = 0; i < RECEIVES * SENDS; i++) {
		unsigned r = i % RECEIVES, s = i / RECEIVES;
		int v = (int)i, got = -1;

		if (!capacity && tries_to_receive(r) && tries_to_send(s))
			continue;
		wg_add(&wg, 1);
		go_with(go_attr(.stack = 4096), receive_by, r, c, v, &wg);
		while (!tries_to_receive(r) && !waiting(chan_of(c), CHAN_RECEIVES))
			go_yield();
		check(send(s, c, v));
		wg_wait(&wg);
		for (size_t k = 0; k < capacity; k++)
			chan_send(c, v + (int)k);
		wg_add(&wg, 1);
		go_with(go_attr(.stack = 4096), send_by, s, c, v + (int)capacity, &wg);
		while (!tries_to_send(s) && !waiting(chan_of(c), CHAN_SENDS))
			go_yield();
		for (size_t k = 0; k <= capacity; k++)
			check(receive(r, c, &got) && got == v + (int)k);
		wg_wait(&wg);
		check(!waiting(chan_of(c), CHAN_SENDS) && !waiting(chan_of(c), CHAN_RECEIVES) &&
		      chan_len(c) == 0);
	}
	check(!waiting(chan_of(never), CHAN_SENDS) && !waiting(chan_of(never), CHAN_RECEIVES));
	chan_free(c);
}

/* A select that was served by one channel does not stand before those that wait on the others, also where
 * the channel stands in several of its cases. [Select statements: only the chosen case communicates.] */
static void select_of(chan(int) c, chan(int) d, unsigned n, struct waitgroup *wg)
{
	struct chan_case cases[12];
	int v = -1;

	for (unsigned i = 0; i < n; i++)
		cases[i] = on_recv(i == n - 1 ? d : c, &v);
	check(chan_select_array(cases, n, GO_FOREVER) == (int)n - 1 && v == 2);
	wg_done(wg);
}

static void leaves_no_trace(unsigned n)
{
	chan(int) c = chan_make(int, 0), d = chan_make(int, 0);
	unsigned listed = n > 8 ? 1 : n - 1; /* of a large select one of the cases with c */
	struct waitgroup wg = {0};

	wg_add(&wg, 4);
	go_with(go_attr(.stack = 4096), select_of, c, d, n, &wg);
	await_receivers(c, listed);
	await_receivers(d, 1);
	go(receive_by, 0, c, 7, &wg);
	await_receivers(c, listed + 1);
	go_with(go_attr(.stack = 4096), select_of, c, d, n, &wg);
	await_receivers(c, 2 * listed + 1);
	await_receivers(d, 2);
	go(receive_by, 0, c, 8, &wg);
	await_receivers(c, 2 * listed + 2);
	chan_send(d, 2);
	chan_send(d, 2);
	chan_send(c, 7);
	chan_send(c, 8);
	wg_wait(&wg);
	check(chan_try_send(c, 9) == CHAN_NOT_READY && chan_try_send(d, 9) == CHAN_NOT_READY);
	chan_free(c);
	chan_free(d);
}

/* One of two channels is ready at every moment: a select that does not wait finds one. [Select statements:
 * the default is chosen if no case can proceed.] */
static void try_both(chan(int) c, chan(int) d, chan(bool) result)
{
	chan_send(result, chan_try_select(on_recv(c, NULL), on_recv(d, NULL)) >= 0);
}

static void nobody_finds_nothing(bool closes)
{
	chan(bool) result = chan_make(bool, 1);

	for (int i = 0; i < 500; i++) {
		chan(int) c = chan_make(int, 1), d = chan_make(int, 1);
		bool found = false;

		chan_send(c, 1);
		go(try_both, c, d, result);
		if (closes)
			chan_close(d);
		else
			chan_send(d, 1);
		(void)chan_try_recv(c, NULL);
		check(chan_recv(result, &found) && found);
		chan_free(c);
		chan_free(d);
	}
	chan_free(result);
}

/* No case starves beside others that are always ready. [Select statements: chosen by a uniform
 * pseudo-random selection.] It is missed 200 times in a row once in 1e35. */
static void nobody_starves(void)
{
	chan(int) closed = chan_make(int, 0), slot = chan_make(int, 1);

	chan_close(closed);
	for (int i = 0; i < 200; i++) {
		int missed = 0, v = -1;

		chan_send(slot, i);
		while (missed < 200 && chan_select(on_recv(closed, NULL), on_recv(slot, &v),
		                                   on_recv(closed, NULL)) != 1)
			missed++;
		check(v == i);
		for (missed = 0;
		     missed < 200 && chan_select(on_recv(closed, NULL), on_send(slot, i),
		                                 on_recv(closed, NULL)) != 1;)
			missed++;
		check(chan_try_recv(slot, &v) == CHAN_OK);
	}
	chan_free(slot);
	chan_free(closed);
}

int main(void)
{
	never = chan_make(int, 0);
	nowhere = chan_make(int, 0);
	doubles(0);
	doubles(3);
	forms(0);
	forms(1);
	leaves_no_trace(3);
	leaves_no_trace(12);
	nobody_finds_nothing(true);
	nobody_finds_nothing(false);
	nobody_starves();
	return test_done();
}

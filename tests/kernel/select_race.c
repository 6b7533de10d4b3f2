/* Limits that race with sends, receives and a close: a send that returned CHAN_OK was received
 * exactly once, one that did not was never received. Every form on both sides, buffered and not. */
#include "test.h"

enum { SENDERS = 8, EACH = 150, VALUES = SENDERS * EACH, RECEIVERS = 6 };
static chan(int) const nil = 0;
static unsigned sent[VALUES], seen[VALUES]; /* seen: atomic */
static unsigned gave_up;                    /* atomic */

static uint32_t next(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 16;
}

static bool send_by(unsigned form, chan(int) c, int v, go_time limit)
{
	switch (form) {
	case 0:
		return chan_send_for(c, v, limit) == CHAN_OK;
	case 1:
		return chan_try_send(c, v) == CHAN_OK;
	case 2:
		return chan_select_for(limit, on_send(c, v)) == 0;
	case 3:
		return chan_select_for(limit, on_recv(nil, NULL), on_send(c, v)) == 1;
	case 4:
		return chan_select_for(limit, on_send(c, v), on_send(c, v), on_send(c, v)) >= 0;
	case 5: {
		struct chan_case cases[10];

		for (int i = 0; i < 10; i++)
			cases[i] = i % 3 ? on_send_from(c, &v) : on_recv(nil, NULL);
		return chan_select_array(cases, 10, limit) >= 0;
	}
	default:
		chan_send(c, v);
		return true;
	}
}

/* CHAN_OK, CHAN_CLOSED or CHAN_NOT_READY, and then v is untouched. */
static enum chan_result recv_by(unsigned form, chan(int) c, int *v, go_time limit)
{
	bool ok = false;
	int i;

	switch (form) {
	case 0:
		return chan_recv_for(c, v, limit);
	case 1:
		return chan_try_recv(c, v);
	case 2:
		i = chan_select_for(limit, on_recv_ok(c, v, &ok));
		break;
	case 3:
		i = chan_select_for(limit, on_send(nil, 1), on_recv_ok(c, v, &ok),
		                    on_recv_ok(c, v, &ok));
		break;
	case 4: {
		struct chan_case cases[10];

		for (i = 0; i < 10; i++)
			cases[i] = i % 3 ? on_recv_ok(c, v, &ok) : on_recv(nil, NULL);
		i = chan_select_array(cases, 10, limit);
		break;
	}
	default:
		return chan_recv(c, v) ? CHAN_OK : CHAN_CLOSED;
	}
	return i < 0 ? CHAN_NOT_READY : ok ? CHAN_OK : CHAN_CLOSED;
}

static void sender(chan(int) c, int s, struct waitgroup *wg)
{
	uint32_t x = (uint32_t)s;

	for (int i = 0; i < EACH; i++) {
		int v = s * EACH + i;

		sent[v] = send_by(next(&x) % 7, c, v, us(next(&x) % 60));
		if (!sent[v])
			__atomic_fetch_add(&gave_up, 1, __ATOMIC_RELAXED);
		if (next(&x) % 4 == 0)
			go_yield();
	}
	wg_done(wg);
}

static void receiver(chan(int) c, int r, struct waitgroup *wg)
{
	uint32_t x = (uint32_t)r + 1000;
	enum chan_result got;

	do {
		int v = -7;

		got = recv_by(next(&x) % 6, c, &v, us(next(&x) % 60));
		if (got == CHAN_OK && check(v >= 0 && v < VALUES))
			__atomic_fetch_add(&seen[v], 1, __ATOMIC_RELAXED);
		else
			check(v == (got == CHAN_CLOSED ? 0 : -7));
		if (got == CHAN_NOT_READY)
			go_yield();
	} while (got != CHAN_CLOSED);
	wg_done(wg);
}

static void round_with(size_t cap)
{
	chan(int) c = chan_make(int, cap);
	struct waitgroup senders = {0}, receivers = {0};
	unsigned delivered = 0;

	wg_add(&receivers, RECEIVERS);
	wg_add(&senders, SENDERS);
	for (int i = 0; i < RECEIVERS; i++)
		go_with(go_attr(.stack = 4096), receiver, c, i, &receivers);
	for (int i = 0; i < SENDERS; i++)
		go_with(go_attr(.stack = 4096), sender, c, i, &senders);
	wg_wait(&senders);
	chan_close(c);
	wg_wait(&receivers);
	for (int i = 0; i < VALUES; i++) {
		check(seen[i] == sent[i]);
		delivered += sent[i];
		seen[i] = sent[i] = 0;
	}
	check(delivered >= VALUES / 7);
	chan_free(c);
}

int main(void)
{
	for (int i = 0; i < 2; i++) {
		round_with(0);
		round_with(1);
		round_with(5);
	}
	check(gave_up);
	return test_done();
}

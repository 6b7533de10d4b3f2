/* A channel may be freed as soon as one's own last operation on it is over, whatever its partner is
 * still at. The next channel takes the same memory, so a partner that touches the old one breaks
 * the new one. */
#include "chan_waiting.h"
#include "test.h"

enum { PAIRS = 6, ROUNDS = 400 };

static void partner(chan(chan(int)) jobs, int form)
{
	int v;

	for (chan(int) c; chan_recv(jobs, &c);) {
		chan(int) other = 0;

		switch (form) {
		case 0:
			chan_send(c, 5);
			break;
		case 1:
			chan_send_for(c, 5, sec(1000));
			break;
		case 2:
			chan_select(on_send(c, 5), on_recv(jobs, &other));
			check(!other);
			break;
		case 3:
			check(chan_recv(c, &v) && v == 6);
			break;
		case 4:
			check(chan_recv_for(c, &v, sec(1000)) == CHAN_OK && v == 6);
			break;
		default:
			check(chan_select(on_recv(other, NULL), on_recv(c, &v)) == 1 && v == 6);
			break;
		}
	}
}

static void freer(int form)
{
	chan(chan(int)) jobs = chan_make(chan(int), 0);
	int v = 0;

	go(partner, jobs, form);
	for (int i = 0; i < ROUNDS; i++) {
		chan(int) c = chan_make(int, 0);

		check(!chan_len(c) && !chan_of(c)->dropped && !waiting(chan_of(c), CHAN_SENDS) &&
		      !waiting(chan_of(c), CHAN_RECEIVES));
		chan_send(jobs, c);
		if (form < 3)
			check(chan_recv(c, &v) && v == 5);
		else
			chan_send(c, 6);
		/* nobody has left this memory late */
		check(form == 2 || form == 5 || !chan_of(c)->dropped);
		chan_free(c);
	}
	chan_close(jobs);
}

/* A select that was served through `a` is still on b's list, or is just leaving it: b may be
 * freed all the same. */
static void selecter(chan(chan(void)) jobs)
{
	for (chan(void) a, b; chan_recv(jobs, &a) && chan_recv(jobs, &b);)
		check(chan_select(on_recv(b, NULL), on_recv(a, NULL), on_send(b)) == 1);
}

static void freer_elsewhere(void)
{
	chan(chan(void)) jobs = chan_make(chan(void), 0);

	go(selecter, jobs);
	for (int i = 0; i < ROUNDS; i++) {
		chan(void) a = chan_make(void, 0), b = chan_make(void, 0);

		chan_send(jobs, a);
		chan_send(jobs, b);
		if (i % 2)
			await_receivers(b, 1);
		chan_send(a);
		chan_free(b);
		chan_free(a);
	}
	chan_close(jobs);
}

/* The closer frees at once; the woken ones are still returning. */
static void drain(chan(int) c, struct waitgroup *waiting)
{
	wg_done(waiting);
	for (int v; chan_recv(c, &v);)
		check(v == 1);
}

static void freer_after_close(void)
{
	for (int i = 0; i < ROUNDS / 4; i++) {
		chan(int) c = chan_make(int, 2);
		struct waitgroup gone = {0}, started = {0};

		wg_add(&started, 10);
		for (int k = 0; k < 10; k++)
			wg_go(&gone, drain, c, &started);
		wg_wait(&started);
		chan_send(c, 1);
		chan_close(c);
		wg_wait(&gone);
		chan_free(c);
	}
}

/* Who finds the channel closed frees it at once; the closer is still returning. */
static void closer(chan(chan(int)) jobs)
{
	for (chan(int) c; chan_recv(jobs, &c);)
		chan_close(c);
}

static void freer_when_closed(int form)
{
	chan(chan(int)) jobs = chan_make(chan(int), 0);

	go(closer, jobs);
	for (int i = 0; i < ROUNDS; i++) {
		chan(int) c = chan_make(int, 0);

		chan_send(jobs, c);
		switch (form) {
		case 0:
			check(!chan_recv(c, NULL));
			break;
		case 1:
			check(chan_recv_for(c, NULL, sec(1000)) == CHAN_CLOSED);
			break;
		case 2:
			while (chan_try_recv(c, NULL) != CHAN_CLOSED)
				go_yield();
			break;
		case 3:
			check(chan_select(on_recv(c, NULL), on_recv((chan(int))0, NULL)) == 0);
			break;
		}
		chan_free(c);
		c = chan_make(int, 0); /* where the other was */
		check(chan_recv_for(c, NULL, us(20)) == CHAN_NOT_READY);
		chan_free(c);
	}
	chan_close(jobs);
}

int main(void)
{
	struct waitgroup wg = {0};

	chan_free((chan(int))0);
	for (int form = 0; form < PAIRS; form++)
		wg_go(&wg, freer, form);
	wg_go(&wg, freer_elsewhere);
	wg_go(&wg, freer_after_close);
	for (int form = 0; form < 4; form++)
		wg_go(&wg, freer_when_closed, form);
	wg_wait(&wg);
	return test_done();
}

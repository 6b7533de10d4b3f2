/* Closing: what is buffered still arrives, whoever waits is woken, and a zeroed value says so. */
// test: cores=1,2,4,8 check=0
// test: cores=4 check=1
// test: cores=4 check=0 limit=30 opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
#include "chan_waiting.h"
#include "room.h"
#include "test.h"

struct triple {
	long a, b, c;
};

enum { WAITERS = 200 };
static unsigned waiters, woken; /* atomic */

static void receiver(chan(struct triple) c, int form)
{
	struct triple v = {1, 2, 3};
	bool ok = true;

	switch (form) {
	case 0:
		check(!chan_recv(c, &v));
		break;
	case 1:
		check(chan_recv_for(c, &v, sec(1000)) == CHAN_CLOSED);
		break;
	case 2:
		check(chan_select(on_recv((chan(int))0, NULL), on_recv_ok(c, &v, &ok)) == 1 && !ok);
		break;
	case 3:
		check(chan_select_for(sec(1000), on_recv_ok(c, &v, &ok)) == 0 && !ok);
		break;
	default:
		check(!chan_recv(c, NULL));
		v = (struct triple){0};
		break;
	}
	check(v.a == 0 && v.b == 0 && v.c == 0);
	__atomic_fetch_add(&woken, 1, __ATOMIC_RELAXED);
}

static void sender(chan(struct triple) c)
{
	check(chan_send_for(c, (struct triple){4, 5, 6}, sec(1000)) == CHAN_CLOSED);
	__atomic_fetch_add(&woken, 1, __ATOMIC_RELAXED);
}

static void wakes_receivers(void)
{
	chan(struct triple) c = chan_make(struct triple, 3);
	struct waitgroup wg = {0};

	for (int i = 0; i < (int)waiters; i++)
		wg_go(&wg, receiver, c, i % 5);
	await_receivers(c, waiters);
	chan_close(c);
	wg_wait(&wg);
	check(__atomic_exchange_n(&woken, 0, __ATOMIC_RELAXED) == waiters);
	chan_free(c);
}

static void wakes_senders(void)
{
	chan(struct triple) c = chan_make(struct triple, 2);
	struct waitgroup wg = {0};
	struct triple v;

	chan_send(c, (struct triple){1, 0, 0});
	chan_send(c, (struct triple){2, 0, 0});
	for (int i = 0; i < (int)waiters; i++)
		wg_go(&wg, sender, c);
	await_senders(c, waiters);
	chan_close(c);
	wg_wait(&wg);
	check(__atomic_exchange_n(&woken, 0, __ATOMIC_RELAXED) == waiters);
	check(chan_len(c) == 2); /* what was in is not lost, what waited is */
	check(chan_recv(c, &v) && v.a == 1 && chan_try_recv(c, &v) == CHAN_OK && v.a == 2);
	check(chan_try_recv(c, &v) == CHAN_CLOSED && v.a == 0);
	chan_free(c);
}

static void drains(void)
{
	chan(struct triple) c = chan_make(struct triple, 4);
	struct triple v = {9, 9, 9};
	bool ok = false;
	int n = 0;

	for (long i = 1; i <= 4; i++)
		chan_send(c, (struct triple){i, i, i});
	chan_close(c);
	check(chan_len(c) == 4 && chan_cap(c) == 4);
	check(chan_try_send(c, (struct triple){9, 9, 9}) == CHAN_CLOSED);
	check(chan_send_for(c, (struct triple){9, 9, 9}, ms(1)) == CHAN_CLOSED);
	check(chan_send_for(c, (struct triple){9, 9, 9}, 0) == CHAN_CLOSED);
	check(chan_recv(c, &v) && v.a == 1);
	check(chan_recv_for(c, &v, 0) == CHAN_OK && v.b == 2);
	check(chan_try_select(on_recv_ok(c, &v, &ok)) == 0 && ok && v.c == 3);
	for (; chan_recv(c, &v); n++)
		check(v.a == 4);
	check(n == 1 && v.a == 0 && v.b == 0 && v.c == 0 && chan_len(c) == 0);
	v.a = 9;
	check(chan_try_select(on_recv_ok(c, &v, &ok)) == 0 && !ok && v.a == 0);
	v.b = 9;
	check(chan_recv_for(c, &v, -1) == CHAN_CLOSED && v.b == 0);
	v.c = 9;
	check(chan_recv_for(c, &v, GO_FOREVER) == CHAN_CLOSED && v.c == 0);
	chan_free(c);
}

/* What was written before the close is seen by who was told of it. */
static int written;

static void close_after(chan(void) c, int i)
{
	written = i;
	chan_close(c);
}

static void publishes(void)
{
	for (int i = 1; i <= 300; i++) {
		chan(void) c = chan_make(void, 0);

		go(close_after, c, i);
		check(!chan_recv(c, NULL) && written == i);
		/* chan_close may not have returned: the channel is left alone */
	}
}

/* Who has seen that a channel is closed gets no value of a sender that waited before: all who wait are
 * woken after the flag is set, one at a time. */
static void turned_away(chan(int) c, struct waitgroup *gone)
{
	check(chan_send_for(c, 1, sec(1000)) == CHAN_CLOSED);
	wg_done(gone);
}

static void probe(chan(int) c, struct waitgroup *gone, uint32_t *probing)
{
	int v = 7;

	__atomic_store_n(probing, 1, __ATOMIC_RELAXED);
	while (chan_try_send(c, 2) != CHAN_CLOSED)
		arch_relax();
	check(chan_try_recv(c, &v) == CHAN_CLOSED && v == 0);
	check(chan_recv_for(c, &v, us(1)) == CHAN_CLOSED && !chan_recv(c, &v));
	wg_done(gone);
}

static void closing(void)
{
	for (unsigned round = 0; round < 30; round++) {
		chan(int) c = chan_make(int, 0);
		struct waitgroup gone = {0};
		uint32_t probing = 0;

		wg_add(&gone, waiters / 4 + 1);
		for (unsigned i = 0; i < waiters / 4; i++)
			go(turned_away, c, &gone);
		await_senders(c, waiters / 4);
		go_with(go_attr(.core = (int)go_cores() - 1), probe, c, &gone, &probing);
		while (!__atomic_load_n(&probing, __ATOMIC_RELAXED))
			go_yield();
		chan_close(c);
		wg_wait(&gone);
		chan_free(c);
	}
}

int main(void)
{
	waiters = room_for(WAITERS);
	drains();
	wakes_receivers();
	wakes_senders();
	publishes();
	closing();
	return test_done();
}

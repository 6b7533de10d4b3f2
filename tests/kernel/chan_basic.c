/* Channels: what every program relies on. Waiters are watched in the channel itself, so no step
 * depends on time. */
// test: cores=1,2,4,8 check=0
// test: cores=4 check=1
// test: cores=4 check=0 limit=30 opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
#include "chan_waiting.h"
#include "memory/mem.h"
#include "test.h"

struct point {
	int x, y;
};
enum color { RED, GREEN };

CHAN_STATIC(fixed, struct point, 2);
CHAN_STATIC(fixed_void, void, 3);
static chan(int) const same_type = 0; /* the same T is the same type everywhere */

static void send_upto(chan(int) c, int n)
{
	for (int i = 0; i < n; i++)
		chan_send(c, i);
	chan_close(c);
}

static void unbuffered(void)
{
	chan(int) c = chan_make(int, 0);
	struct waitgroup wg = {0};
	int v = 7, n = 0;

	check(chan_len(c) == 0 && chan_cap(c) == 0);
	check(chan_try_send(c, 1) == CHAN_NOT_READY && chan_try_recv(c, &v) == CHAN_NOT_READY &&
	      v == 7);
	wg_go(&wg, send_upto, c, 100);
	for (int i; chan_recv(c, &i); n++)
		check(i == n);
	check(n == 100);
	check(!chan_recv(c, &v) && v == 0);
	wg_wait(&wg); /* chan_close has returned */
	chan_free(c);
}

static void buffered(size_t cap)
{
	chan(int) c = chan_make(int, cap);
	struct waitgroup wg = {0};
	int v;

	check(chan_cap(c) == cap);
	for (int lap = 0; lap < 3; lap++) { /* the indices wrap */
		for (size_t i = 0; i < cap; i++) {
			check(chan_len(c) == i);
			chan_send(c, (int)i);
		}
		check(chan_len(c) == cap && chan_try_send(c, 99) == CHAN_NOT_READY);
		for (size_t i = 0; i < cap; i++)
			check(chan_recv(c, &v) && v == (int)i);
		check(chan_len(c) == 0 && chan_try_recv(c, &v) == CHAN_NOT_READY);
	}
	wg_go(&wg, send_upto, c, 1000);
	for (int n = 0; chan_recv(c, &v); n++)
		check(v == n);
	wg_wait(&wg);
	chan_free(c);
}

/* First come, first served, whatever form a waiter uses. */
enum { WAITERS = 30 };
static int served[WAITERS];

static void receive_one(chan(int) c, int i)
{
	int v = -1;

	if (i % 3 == 0)
		check(chan_recv(c, &v));
	else if (i % 3 == 1)
		check(chan_recv_for(c, &v, sec(1000)) == CHAN_OK);
	else
		check(chan_select(on_recv((chan(int))0, &v), on_recv(c, &v)) == 1);
	served[i] = v;
}

static void send_one(chan(int) c, int i)
{
	if (i % 3 == 0)
		chan_send(c, i);
	else if (i % 3 == 1)
		check(chan_send_for(c, i, sec(1000)) == CHAN_OK);
	else
		check(chan_select(on_send((chan(int))0, -1), on_send(c, i)) == 1);
}

static void receivers_in_order(void)
{
	chan(int) c = chan_make(int, 4);
	struct waitgroup wg = {0};

	for (int i = 0; i < WAITERS; i++) {
		wg_go(&wg, receive_one, c, i);
		await_receivers(c, i + 1);
	}
	for (int i = 0; i < WAITERS; i++)
		chan_send(c, i);
	wg_wait(&wg);
	for (int i = 0; i < WAITERS; i++)
		check(served[i] == i);
	check(chan_len(c) == 0);
	chan_free(c);
}

static void senders_in_order(size_t cap)
{
	chan(int) c = chan_make(int, cap);
	int v;

	for (size_t i = 0; i < cap; i++)
		chan_send(c, -1);
	for (int i = 0; i < WAITERS; i++) {
		go(send_one, c, i);
		await_senders(c, i + 1);
	}
	for (size_t i = 0; i < cap; i++)
		check(chan_recv(c, &v) && v == -1);
	check(chan_len(c) == cap); /* waiting senders refill it */
	for (int i = 0; i < WAITERS; i++)
		check(chan_recv(c, &v) && v == i);
	chan_free(c);
}

static void of_nothing(void)
{
	chan(void) c = chan_make(void, 2);

	check(chan_cap(c) == 2);
	chan_send(c);
	check(chan_try_send(c) == CHAN_OK && chan_len(c) == 2 &&
	      chan_try_send(c) == CHAN_NOT_READY);
	check(chan_recv(c, NULL) && chan_try_recv(c, NULL) == CHAN_OK && chan_len(c) == 0);
	check(chan_select(on_send(c)) == 0 && chan_select(on_recv(c, NULL)) == 0);
	chan_close(c);
	check(!chan_recv(c, NULL));
	chan_free(c);

	check(chan_cap(fixed_void) == 3);
	for (int i = 0; i < 3; i++)
		chan_send(fixed_void);
	check(chan_len(fixed_void) == 3);
}

static void answer(chan(chan(int)) requests)
{
	for (chan(int) reply; chan_recv(requests, &reply);)
		chan_send(reply, 42);
}

static void of_channels(void)
{
	chan(chan(int)) requests = chan_make(chan(int), 0);
	chan(int) reply = chan_make(int, 0);
	chan(int) nothing = reply;
	int v;

	go(answer, requests);
	for (int i = 0; i < 10; i++) {
		chan_send(requests, reply);
		check(chan_recv(reply, &v) && v == 42);
	}
	chan_close(requests);
	check(!chan_recv(requests, &nothing) && nothing == NULL);
	chan_free(reply);
}

static void conversions(void)
{
	chan(double) d = chan_make(double, 1);
	chan(unsigned char) b = chan_make(unsigned char, 1);
	chan(const char *) s = chan_make(const char *, 1);
	chan(bool) t = chan_make(bool, 1);
	chan(enum color) e = chan_make(enum color, 1);
	chan(struct point) p = chan_make(struct point, 1);
	double dv;
	unsigned char bv;
	int wide = 0x101;
	const char *sv;
	bool tv;
	enum color ev;
	struct point pv;

	chan_send(d, 3);
	check(chan_recv(d, &dv) && dv == 3.0);
	chan_send(b, wide);
	check(chan_recv(b, &bv) && bv == 1);
	chan_send(s, "text");
	check(chan_recv(s, &sv) && sv[3] == 't');
	chan_send(s, NULL);
	check(chan_recv(s, &sv) && !sv);
	chan_send(t, 2);
	check(chan_recv(t, &tv) && tv == true);
	chan_send(e, GREEN);
	check(chan_recv(e, &ev) && ev == GREEN);
	chan_send(p, (struct point){1, 2});
	check(chan_recv(p, &pv) && pv.x == 1 && pv.y == 2);
	check(chan_try_send(p, (struct point){3, 4}) == CHAN_OK);
	check(chan_recv(p, NULL) && chan_len(p) == 0); /* the value is dropped */
	check(chan_send_for(p, (struct point){5, 6}, ms(1)) == CHAN_OK);
	check(chan_select(on_recv(p, &pv), on_send((chan(struct point))0, (struct point){7, 8})) ==
	      0);
	check(pv.x == 5 && pv.y == 6);
	chan_free(d);
	chan_free(b);
	chan_free(s);
	chan_free(t);
	chan_free(e);
	chan_free(p);
}

static int evaluated;

static chan(int) counted(chan(int) c)
{
	evaluated++;
	return c;
}

static int *pointed(int *p)
{
	evaluated += 10;
	return p;
}

static int valued(int v)
{
	evaluated += 100;
	return v;
}

static void evaluate_once(void)
{
	chan(int) c = chan_make(int, 2);
	int v;

#define evaluates(n, call) (evaluated = 0, call, check(evaluated == (n)))
	evaluates(101, chan_send(counted(c), valued(1)));
	evaluates(101, (void)chan_try_send(counted(c), valued(2)));
	evaluates(101, (void)chan_try_send(counted(c), valued(3)));
	evaluates(111, (void)chan_send_for(counted(c), valued(3), *pointed(&(int){0})));
	evaluates(1, (void)chan_len(counted(c)));
	evaluates(1, (void)chan_cap(counted(c)));
	evaluates(11, (void)chan_recv(counted(c), pointed(&v)));
	evaluates(11, (void)chan_try_recv(counted(c), pointed(&v)));
	evaluates(111, (void)chan_recv_for(counted(c), pointed(&v), valued(0)));
	evaluates(100, chan_free(chan_make(int, (size_t)valued(2))));
	evaluates(1, chan_close(counted(c)));
	evaluates(1, chan_free(counted(c)));
}

static void nil(void)
{
	chan(int) c = same_type;
	int v = 7;

	check(chan_len(c) == 0 && chan_cap(c) == 0);
	check(chan_try_send(c, 1) == CHAN_NOT_READY && chan_try_recv(c, &v) == CHAN_NOT_READY);
	check(chan_send_for(c, 1, us(100)) == CHAN_NOT_READY);
	check(chan_recv_for(c, &v, us(100)) == CHAN_NOT_READY && v == 7);
	chan_free(c);
}

static void at_file_scope(void)
{
	struct point p;

	chan_send(fixed, (struct point){1, 2});
	check(chan_cap(fixed) == 2 && chan_len(fixed) == 1);
	check(chan_try_send(fixed, (struct point){3, 4}) == CHAN_OK);
	check(chan_try_send(fixed, (struct point){5, 6}) == CHAN_NOT_READY);
	check(chan_recv(fixed, &p) && p.x == 1 && p.y == 2);
	check(chan_recv(fixed, &p) && p.x == 3 && p.y == 4);
	chan_close(fixed);
	check(!chan_recv(fixed, &p) && p.x == 0 && p.y == 0);
}

static void absurd(void)
{
	size_t room = mem_free_bytes() / 2 / sizeof(long), large = room < 100000 ? room : 100000;

	check(!chan_try_make(int, SIZE_MAX));
	check(!chan_try_make(int, SIZE_MAX / 4));
	check(!chan_try_make(void, SIZE_MAX));
	check(!chan_try_make(struct point, SIZE_MAX / 8 + 1)); /* times 8 it wraps to 0 */
	check(!chan_try_make(int, SIZE_MAX >> (sizeof(size_t) == 8 ? 24 : 3)));
	check(!chan_try_make(int, (size_t)1 << 28)); /* a GiB: more than the board has */
	for (int i = 0; i < 1000; i++) {             /* what is freed can be had again */
		chan(long) c = chan_try_make(long, large);

		if (!check(c))
			break;
		chan_free(c);
	}
}

int main(void)
{
	unbuffered();
	buffered(1);
	buffered(3);
	buffered(100);
	receivers_in_order();
	senders_in_order(0);
	senders_in_order(5);
	of_nothing();
	of_channels();
	conversions();
	evaluate_once();
	nil();
	at_file_scope();
	absurd();
	return test_done();
}

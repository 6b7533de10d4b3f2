/* What the forms of select return, what they write and what they leave alone. */
// test: cores=1,2,4,8 check=0
// test: cores=4 check=1
// test: cores=4 check=0 limit=30 opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
#include "test.h"

static const chan(int) nil = 0;

static chan(int) holding(size_t cap, int n)
{
	chan(int) c = chan_make(int, cap);

	for (int i = 0; i < n; i++)
		chan_send(c, 10 + i);
	return c;
}

static void one_ready(void)
{
	chan(int) empty = holding(1, 0), full = holding(1, 1), some = holding(2, 1);
	int a = -1, b = -1;
	bool ok = false, other = true;

	check(chan_select(on_recv_ok(empty, &a, &other), on_recv_ok(some, &b, &ok),
	                  on_send(full, 1)) == 1);
	check(a == -1 && other && b == 10 && ok);
	ok = false;
	check(chan_select(on_recv_ok(empty, &a, &ok), on_send(full, 1), on_send(some, 20)) == 2);
	check(a == -1 && !ok && chan_len(some) == 1 && chan_len(full) == 1);
	check(chan_try_select(on_recv(some, &b), on_recv(empty, &a)) == 0 && b == 20 && a == -1);
	check(chan_select_for(sec(1), on_recv(empty, &a), on_recv(full, NULL)) == 1 &&
	      chan_len(full) == 0);
	check(chan_try_select(on_recv_ok(empty, &a, &other), on_recv_ok(some, &b, &ok)) == -1);
	check(a == -1 && b == 20 && !ok && other);
	check(chan_try_select(on_recv(empty, &a)) == -1 && a == -1);
	check(chan_try_select(on_send(empty, 4)) == 0 && chan_try_select(on_send(empty, 5)) == -1);
	check(chan_try_select(on_recv_ok(empty, &a, &ok)) == 0 && a == 4 && ok);
}

static void nil_cases(void)
{
	chan(int) some = holding(1, 1);
	int v = -1;

	check(chan_try_select(on_recv(nil, &v)) == -1 && chan_try_select(on_send(nil, 1)) == -1);
	check(chan_try_select(on_recv(nil, &v), on_send(nil, 1)) == -1);
	check(chan_select_for(us(100), on_recv(nil, &v), on_send(nil, 1)) == -1 && v == -1);
	check(chan_select(on_recv(nil, &v), on_send(nil, 1), on_recv(some, &v)) == 2 && v == 10);
}

static void closed_cases(void)
{
	chan(int) c = holding(2, 1), empty = holding(1, 0);
	int v = -1;
	bool ok = false;

	chan_close(c);
	check(chan_select(on_recv(empty, NULL), on_recv_ok(c, &v, &ok)) == 1 && v == 10 && ok);
	for (int i = 0; i < 3; i++, v = -1)
		check(chan_select(on_recv(empty, NULL), on_recv_ok(c, &v, &ok)) == 1 && v == 0 &&
		      !ok);
	check(chan_try_select(on_recv(c, &v)) == 0 && v == 0);
	check(chan_select(on_recv(c, NULL)) == 0);
}

static void arrays(void)
{
	struct chan_case cases[4];
	chan(int) c[4];
	int values[4];

	for (int i = 0; i < 4; i++) {
		values[i] = 100 + i;
		c[i] = holding(1, 0);
		cases[i] = on_send_from(c[i], &values[i]);
	}
	for (int n = 0; n < 4; n++) {
		int i = chan_select_array(cases, 4, 0), v;

		check(i >= 0 && chan_len(c[i]) == 1 && chan_recv(c[i], &v) && v == 100 + i);
		cases[i].channel = NULL; /* an array may be used again; a null channel never runs */
	}
	check(chan_select_array(cases, 4, 0) == -1);
	check(chan_select_array(cases, 4, us(50)) == -1);
	check(chan_select_array(&(struct chan_case[]){on_send(c[0], 7)}[0], 1, GO_FOREVER) == 0);
}

static int evaluated;

static chan(int) counted(chan(int) c)
{
	evaluated++;
	return c;
}

static void *counted_pointer(void *p)
{
	evaluated += 10;
	return p;
}

static int counted_value(int v)
{
	evaluated += 100;
	return v;
}

static void evaluate_once(void)
{
	chan(int) c = holding(2, 1), empty = holding(1, 0);
	int v;
	bool ok;

#define cases3                                                                 \
	on_recv_ok(counted(empty), counted_pointer(&v), counted_pointer(&ok)), \
	    on_recv(counted(c), counted_pointer(&v)), on_send(counted(nil), counted_value(1))
#define evaluates(n, call) (evaluated = 0, check((call) == 1), check(evaluated == (n)))
	evaluates(133, chan_select(cases3));
	chan_send(c, 1);
	evaluates(133, chan_try_select(cases3));
	chan_send(c, 1);
	evaluates(233, chan_select_for(counted_value(1), cases3));
	evaluated = 0;
	check(chan_try_select(on_recv_ok(counted(c), counted_pointer(&v), counted_pointer(&ok))) ==
	      -1);
	check(evaluated == 21);
	evaluated = 0;
	check(chan_try_select(on_send(counted(nil), counted_value(1))) == -1 && evaluated == 101);
}

static int returns_from_the_middle(chan(int) c)
{
	int v, rounds = 0;

	for (;;) {
		rounds++;
		switch (chan_select(on_recv(c, &v), on_recv(nil, &v))) {
		case 0:
			if (v == 10)
				continue;
			if (v == 11)
				break;
			return rounds;
		}
		rounds += 100;
	}
}

struct pair {
	int a, b;
};

static void commas(void)
{
	chan(struct pair) c = chan_make(struct pair, 1);
	struct pair p;

	check(chan_select(on_send(c, (struct pair){1, 2}), on_recv(nil, NULL)) == 0);
	check(chan_select(on_recv(nil, NULL), on_recv(c, &p)) == 1 && p.a == 1 && p.b == 2);
}

/* However many of its own cases a large select meets in a list, it gets past them. */
static void large_alone(chan(int) c)
{
	static struct chan_case cases[60];
	int in = -1, out = 1;

	for (int i = 0; i < 60; i++)
		cases[i] = i % 2 ? on_recv(c, &in) : on_send_from(c, &out);
	check(chan_select_array(cases, 60, us(100)) == -1 && in == -1);
	for (int i = 0; i < 60; i++)
		cases[i] = i < 30 ? on_recv(c, &in) : on_send_from(c, &out);
	check(chan_select_array(cases, 60, us(100)) == -1 && in == -1);
}

/* Nobody meets himself: both directions of one unbuffered channel are not ready for each other. */
static void same_channel(void)
{
	chan(int) c = holding(0, 0);
	int v = -1;

	check(chan_try_select(on_send(c, 1), on_recv(c, &v)) == -1);
	check(chan_select_for(us(100), on_send(c, 1), on_recv(c, &v), on_send(c, 2),
	                      on_recv(c, &v)) == -1);
	check(v == -1);
	large_alone(c);
	chan_free(c);
	c = holding(1, 0);
	check(chan_select(on_recv(c, &v), on_send(c, 5), on_recv(c, &v)) == 1);
	check(chan_select(on_send(c, 6), on_send(c, 7), on_recv(c, &v)) == 2 && v == 5);
}

static void wait_for_partner(chan(int) c, chan(int) d)
{
	int v;

	go_sleep(us(200));
	chan_send(c, 1);
	check(chan_recv(d, &v) && v == 2);
	go_sleep(us(200));
	chan_close(c);
}

static void later(chan(int) c)
{
	go_sleep(us(100));
	chan_send(c, 2);
}

static void waits(void)
{
	chan(int) c = holding(0, 0), d = holding(0, 0);
	int v = -1, w = -1;
	bool ok = false, other = true;

	go(wait_for_partner, c, d);
	check(chan_select(on_recv_ok(d, &w, &other), on_recv_ok(c, &v, &ok)) == 1);
	check(v == 1 && ok && w == -1 && other);
	check(chan_select_for(sec(1000), on_recv_ok(c, &v, &ok), on_send(d, 2)) == 1 && v == 1 &&
	      ok);
	check(chan_select_for(GO_FOREVER, on_recv_ok(c, &v, &ok), on_recv(d, &w)) == 0);
	check(v == 0 && !ok && w == -1);
}

/* What does not run is not looked at, wherever it points: nowhere, or to what cannot be written. */
static void bad_targets(size_t capacity)
{
	static const int constant = 3;
	static struct chan_case cases[20];
	chan(int) empty = holding(capacity, 0), other = holding(1, 0);
	int *bad[] = {(int *)8, (int *)(UINTPTR_MAX - 3), (int *)(uintptr_t)&constant};
	int v = -1;

	for (unsigned i = 0; i < 3; i++) {
		bool *ok = (bool *)bad[i];

		check(chan_try_recv(empty, bad[i]) == CHAN_NOT_READY);
		check(chan_recv_for(empty, bad[i], 0) == CHAN_NOT_READY);
		check(chan_recv_for(empty, bad[i], us(50)) == CHAN_NOT_READY);
		check(chan_recv_for(nil, bad[i], us(50)) == CHAN_NOT_READY);
		check(chan_try_select(on_recv_ok(empty, bad[i], ok)) == -1);
		check(chan_try_select(on_recv_ok(empty, bad[i], ok), on_recv(nil, bad[i])) == -1);
		check(chan_select_for(us(50), on_recv_ok(empty, bad[i], ok)) == -1);
		check(chan_select_for(us(50), on_recv(empty, bad[i]), on_recv(nil, bad[i])) == -1);
		chan_send(other, 1);
		check(chan_select(on_recv(empty, bad[i]), on_recv(other, &v)) == 1 && v == 1);
		go(later, other);
		check(chan_select(on_recv_ok(empty, bad[i], ok), on_recv(other, &v),
		                  on_recv(nil, bad[i])) == 1 &&
		      v == 2);
		for (unsigned k = 0; k < 20; k++)
			cases[k] = on_recv_ok(empty, bad[i], ok);
		check(chan_select_array(cases, 20, us(50)) == -1);
		check(cases[7].value == bad[i] && cases[7].ok == ok);
	}
	chan_free(empty);
	chan_free(other);
}

/* With no case: none runs. */
static void no_case(void)
{
	struct chan_case none[1];
	go_time start = go_now();

	check(chan_try_select() == -1);
	check(chan_select_array(none, 0, 0) == -1 && chan_select_array(NULL, 0, -1) == -1);
	check(chan_select_for(0) == -1 && go_now() - start < sec(1));
	start = go_now();
	check(chan_select_for(ms(2)) == -1 && go_now() - start >= ms(2));
	start = go_now();
	check(chan_select_array(NULL, 0, ms(2)) == -1 && go_now() - start >= ms(2));
}

int main(void)
{
	one_ready();
	nil_cases();
	closed_cases();
	arrays();
	evaluate_once();
	check(returns_from_the_middle(holding(3, 3)) == 103);
	commas();
	same_channel();
	waits();
	bad_targets(0);
	bad_targets(2);
	no_case();
	return test_done();
}

/* Power series whose coefficients are made on demand, as in McIlroy's "Squinting at Power Series", which Go's
 * powser1 and powser2 follow: each operation is a goroutine that asks its operands for their next
 * coefficients, so that a program is a net of channels that grows while it runs and leads back into itself.
 * [Channel types; select statements: a case on a null channel never runs.] */
// test: cores=4
// test: cores=1 check=0 boards=virt-aarch64
#include "test.h"

struct ratio {
	int64_t over, under;
};

/* Whoever wants the next coefficient sends a request, and then receives. */
struct series {
	chan(void) request;
	chan(struct ratio) next;
};

static int64_t divisor(int64_t a, int64_t b)
{
	return b ? divisor(b, a % b) : a < 0 ? -a : a;
}

static struct ratio ratio(int64_t over, int64_t under)
{
	int64_t d = divisor(over, under);

	return (struct ratio){over / d, under / d};
}

static struct ratio plus(struct ratio a, struct ratio b)
{
	return ratio(a.over * b.under + b.over * a.under, a.under * b.under);
}

static struct ratio times(struct ratio a, struct ratio b)
{
	return ratio(a.over * b.over, a.under * b.under);
}

static struct series series_make(void)
{
	return (struct series){chan_make(void, 0), chan_make(struct ratio, 0)};
}

static struct ratio get(struct series s)
{
	struct ratio r = {0, 1};

	chan_send(s.request);
	chan_recv(s.next, &r);
	return r;
}

static void put(struct series s, struct ratio r)
{
	chan_recv(s.request, NULL);
	chan_send(s.next, r);
}

/* What a goroutine of the net works on: r, a and b are its operands. */
struct node {
	struct series out, other, a, b;
	struct ratio r;
};

static struct series start(void (*f)(struct node *), struct series a, struct series b,
                           struct ratio r)
{
	struct node n = {.out = series_make(), .a = a, .b = b, .r = r};

	go_copy(f, n);
	return n.out;
}

static struct series const none;
static struct ratio const one = {1, 1}, zero = {0, 1};

/* r for ever. */
static void repeat(struct node *n)
{
	for (;;)
		put(n->out, n->r);
}

/* r, then nothing but 0. */
static void constant(struct node *n)
{
	put(n->out, n->r);
	for (;;)
		put(n->out, zero);
}

static void sum(struct node *n)
{
	for (;;) {
		chan_recv(n->out.request, NULL);
		chan_send(n->out.next, plus(get(n->a), get(n->b)));
	}
}

static void scale(struct node *n)
{
	for (;;) {
		chan_recv(n->out.request, NULL);
		chan_send(n->out.next, times(n->r, get(n->a)));
	}
}

/* The integral of a, with r as its constant. */
static void integral(struct node *n)
{
	put(n->out, n->r);
	for (int64_t i = 1;; i++) {
		chan_recv(n->out.request, NULL);
		chan_send(n->out.next, times(ratio(1, i), get(n->a)));
	}
}

/* a twice, in `out` and `other`, which may be read at different speeds. While it waits for a, it gives what
 * it has: a may lead back here. A request that cannot be met yet stays with its sender, who waits. */
enum { MOST = 16 };
static void copies(struct node *n)
{
	struct ratio had[MOST];
	struct series to[2] = {n->out, n->other};
	int count = 0, given[2] = {0};
	bool asks[2] = {false}, asked = false;

	for (;;) {
		int k = chan_select(
		    on_recv(asks[0] ? (chan(void))0 : to[0].request, NULL),
		    on_recv(asks[1] ? (chan(void))0 : to[1].request, NULL),
		    on_recv(asked ? n->a.next : (chan(struct ratio))0, &had[count % MOST]));

		if (k == 2) {
			count++;
			asked = false;
		} else {
			asks[k] = true;
		}
		for (int i = 0; i < 2; i++)
			if (asks[i] && given[i] < count) {
				chan_send(to[i].next, had[given[i]++]);
				asks[i] = false;
			}
		if ((asks[0] || asks[1]) && !asked && count < MOST) {
			chan_send(n->a.request);
			asked = true;
		}
	}
}

static void split(struct series a, struct series to[2])
{
	struct node n = {.out = series_make(), .other = series_make(), .a = a};

	to[0] = n.out;
	to[1] = n.other;
	go_copy(copies, n);
}

static void product(struct node *);

static struct series multiply(struct series a, struct series b)
{
	return start(product, a, b, zero);
}

/* (f + x F) (g + x G) = fg + x (fG + gF) + x x FG */
static void product(struct node *n)
{
	struct series a[2], b[2], middle, rest;
	struct ratio f, g;

	chan_recv(n->out.request, NULL);
	f = get(n->a);
	g = get(n->b);
	chan_send(n->out.next, times(f, g));
	chan_recv(n->out.request, NULL);
	split(n->a, a);
	split(n->b, b);
	middle = start(sum, start(scale, b[0], none, f), start(scale, a[0], none, g), zero);
	rest = multiply(a[1], b[1]);
	chan_send(n->out.next, get(middle));
	for (;;) {
		chan_recv(n->out.request, NULL);
		chan_send(n->out.next, plus(get(middle), get(rest)));
	}
}

static void connect(struct node *n)
{
	for (;;)
		put(n->out, get(n->a));
}

/* The series y with y = y0 + integral of f(y), where f(y) is y itself, or 1 + y y. */
static struct series solve(struct ratio y0, bool square)
{
	struct series back = series_make(), out[2], again[2], f = back;
	struct node n = {.out = back};

	if (square) {
		split(back, again);
		f = start(sum, start(constant, none, none, one), multiply(again[0], again[1]),
		          zero);
	}
	split(start(integral, f, none, y0), out);
	n.a = out[1];
	go_copy(connect, n);
	return out[0];
}

static void is(struct series s, const struct ratio *expected, int n)
{
	for (int i = 0; i < n; i++) {
		struct ratio r = get(s);

		if (!check(r.over == expected[i].over && r.under == expected[i].under))
			kprintf("coefficient %d: %d / %d\n", i, (int)r.over, (int)r.under);
	}
}

int main(void)
{
	static const struct ratio twos[] = {{2, 1}, {2, 1}, {2, 1}, {2, 1}};
	static const struct ratio counts[] = {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}};
	static const struct ratio e[] = {{1, 1},  {1, 1},   {1, 2},   {1, 6},
	                                 {1, 24}, {1, 120}, {1, 720}, {1, 5040}};
	static const struct ratio tangent[] = {{0, 1},  {1, 1}, {0, 1},    {1, 3}, {0, 1},
	                                       {2, 15}, {0, 1}, {17, 315}, {0, 1}, {62, 2835}};
	struct series ones[4];

	for (int i = 0; i < 4; i++)
		ones[i] = start(repeat, none, none, one);
	is(start(sum, ones[0], ones[1], zero), twos, 4);
	is(multiply(ones[2], ones[3]), counts, 6);
	is(solve(one, false), e, 8);
	is(solve(zero, true), tangent, 10);
	return test_done();
}

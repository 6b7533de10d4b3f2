/* Channels, to the Go specification and the Go memory model: what the other tests do not check. In brackets:
 * the section. Where each of Go's own tests of channels has its counterpart:
 *
 *   fifo           chan_basic (buffered, receivers_in_order, senders_in_order)
 *   goroutines     here, chain
 *   nonblock       here, meets
 *   perm           compile_errors.sh. chan(T) has no direction: a channel that may only be sent to cannot be
 *                  declared
 *   powser1, 2     conform_power
 *   select         1: select_forms (evaluate_once, nil_cases). 2: comes_back. 3: conform_select (blocks). 4 and
 *                  5: select_forms (evaluate_once); in Go the target of a case that does not run is not
 *                  evaluated. 6 and 7: conform_select (leaves_no_trace, forms). 8: select_forms
 *                  (returns_from_the_middle)
 *   doubleselect   conform_select (doubles)
 *   sendstmt       here, expressions
 *   sieve1, 2      example_sieve.sh
 *   zerosize       here, no_size
 *   closedchan     chan_close, chan_panic, select_panic
 *   runtime chan   full and empty, close, multi-consumer: chan_basic, chan_close, stress/pipeline. Races of a
 *                  try with a close: here, closing_is_seen. Selects: conform_select */
// test: cores=4
// test: cores=1 check=0 boards=virt-aarch64
#include "chan_waiting.h"
#include "room.h"
#include "test.h"

struct nothing {
};
struct odd {
	char b[13];
};

/* A value passes down a chain of 10,000 goroutines, or of as many as there is room for. [Channel types: a
 * channel may be used by any number of goroutines; values arrive in the order in which they were sent.] */
static void pass_on(chan(int) from, chan(int) to)
{
	for (int v; chan_recv(from, &v);)
		chan_send(to, v + 1);
	chan_close(to);
}

static void chain(void)
{
	int n = room_for(12000) * 5 / 6; /* the rest is for channels */
	chan(int) first = chan_make(int, 0), in = first;
	int v;

	for (int i = 0; i < n; i++) {
		chan(int) out = chan_try_make(int, 0);

		if (!out || !go_try(pass_on, in, out)) {
			chan_free(out);
			n = i;
			break;
		}
		in = out;
	}
	check(n >= 100);
	chan_send(first, 1);
	check(chan_recv(in, &v) && v == n + 1);
	chan_send(first, 5);
	chan_close(first);
	check(chan_recv(in, &v) && v == n + 5);
	check(!chan_recv(in, &v) && v == 0);
	while (go_count() > 1)
		go_yield();
}

/* A try to send meets a receiver that waits, and a try to receive a sender that waits; with nobody there it
 * does nothing. [Select statements: with a default the statement does not block. Send statements: a send on
 * an unbuffered channel can proceed if a receiver is ready.] */
#define MEETS(name, T, value, same)                                                    \
	static void receive_##name(chan(T) c, chan(bool) right)                        \
	{                                                                              \
		T v;                                                                   \
                                                                                       \
		chan_send(right, chan_recv(c, &v) && same(v));                         \
	}                                                                              \
	static void send_##name(chan(T) c)                                             \
	{                                                                              \
		chan_send(c, value);                                                   \
	}                                                                              \
	static void meets_##name(void)                                                 \
	{                                                                              \
		chan(T) c = chan_make(T, 0), slot = chan_make(T, 1);                   \
		chan(bool) right = chan_make(bool, 0);                                 \
		bool is_right = false;                                                 \
		T v;                                                                   \
                                                                                       \
		check(chan_try_recv(c, &v) == CHAN_NOT_READY);                         \
		check(chan_try_send(c, value) == CHAN_NOT_READY);                      \
		go(receive_##name, c, right);                                          \
		await_receivers(c, 1);                                                 \
		check(chan_try_send(c, value) == CHAN_OK);                             \
		check(chan_recv(right, &is_right) && is_right);                        \
		go(send_##name, c);                                                    \
		await_senders(c, 1);                                                   \
		check(chan_try_recv(c, &v) == CHAN_OK && same(v));                     \
		check(chan_try_recv(slot, &v) == CHAN_NOT_READY);                      \
		check(chan_try_send(slot, value) == CHAN_OK && chan_len(slot) == 1);   \
		check(chan_try_send(slot, value) == CHAN_NOT_READY);                   \
		go(send_##name, slot);                                                 \
		await_senders(slot, 1);                                                \
		check(chan_try_recv(slot, &v) == CHAN_OK && same(v));                  \
		check(chan_len(slot) == 1); /* the sender that waited has filled it */ \
		check(chan_try_recv(slot, &v) == CHAN_OK && same(v));                  \
		chan_free(c);                                                          \
		chan_free(slot);                                                       \
		chan_free(right);                                                      \
	}
static const char hello[] = "hello";
#define is_123(v) ((v) == 123)
#define is_true(v) ((v) == true)
#define is_hello(v) ((v) == hello)
#define is_odd(v) ((v).b[0] == 'o' && (v).b[12] == 'd')
MEETS(i32, int32_t, 123, is_123)
MEETS(i64, int64_t, 123, is_123)
MEETS(truth, bool, true, is_true)
MEETS(text, const char *, hello, is_hello)
MEETS(odd, struct odd, ((struct odd){{'o', [12] = 'd'}}), is_odd)

static void meets(void)
{
	meets_i32();
	meets_i64();
	meets_truth();
	meets_text();
	meets_odd();
}

/* A value that is in the buffer, or else the closing, is seen by a try, whatever another receiver does:
 * there is no moment at which neither is there. [Receive operator: a receive on a closed channel can always
 * proceed, after the values sent before.] */
static void try_once(chan(int) c, chan(enum chan_result) result)
{
	chan_send(result, chan_try_recv(c, NULL));
}

static void closing_is_seen(void)
{
	chan(enum chan_result) result = chan_make(enum chan_result, 1);

	for (int i = 0; i < 500; i++) {
		chan(int) c = chan_make(int, 1);
		enum chan_result r = CHAN_NOT_READY;

		chan_send(c, 1);
		go(try_once, c, result);
		chan_close(c);
		chan_recv(c, NULL);
		check(chan_recv(result, &r) && r != CHAN_NOT_READY);
		chan_free(c);
	}
	chan_free(result);
}

/* What is sent may be any expression that can be assigned to the element. [Send statements: channel and
 * value are evaluated before communication begins.] */
static void expressions(void)
{
	chan(bool) b = chan_make(bool, 2);
	chan(int) n = chan_make(int, 4);
	bool truth = false;
	int i = 1, v;

	chan_send(b, i == 1 && i < 2);
	check(chan_recv(b, &truth) && truth);
	chan_send(b, !truth || i > 1);
	check(chan_recv(b, &truth) && !truth);
	chan_send(n, i ? i << 4 : -1);
	check(chan_recv(n, &v) && v == 16);
	chan_send(n, i++);
	chan_send(n, i = 7);
	chan_send(n, ({
		          chan_recv(n, &v);
		          v + 100;
	          })); /* receives 1 first, then sends */
	check(v == 1 && chan_recv(n, &v) && v == 7);
	check(chan_recv(n, &v) && v == 101 && chan_len(n) == 0);
	chan_free(b);
	chan_free(n);
}

/* Elements of no size: they are counted, and take no memory. [Size and alignment guarantees: a struct type
 * has size zero if it contains no fields of a size greater than zero.] */
static void no_size(void)
{
	chan(struct nothing) c = chan_make(struct nothing, 1 << 20);
	size_t before = mem_free_bytes();
	chan(void) v = chan_make(void, CHAN_COUNT);
	struct nothing e = {};

	check(v && before - mem_free_bytes() <= 4096 && chan_cap(v) == CHAN_COUNT);
	for (int i = 0; i < 1000; i++) {
		chan_send(c, e);
		check(chan_try_send(c, (struct nothing){}) == CHAN_OK);
		chan_send(v);
	}
	check(chan_len(c) == 2000 && chan_cap(c) == 1 << 20 && chan_len(v) == 1000);
	chan_close(c);
	for (int i = 0; i < 2000; i++)
		check(chan_recv(c, &e));
	check(!chan_recv(c, &e) && chan_try_recv(c, &e) == CHAN_CLOSED);
	chan_free(c);
	chan_free(v);
}

/* The memory model's sentences about channels. The data is plain, so only the order that a sentence gives
 * keeps it right; tests/unit runs the same under ThreadSanitizer and in the explorer. */
static int plain;
enum { PUBLISHED = 500 };

/* [Goroutine creation: the go statement that starts a goroutine comes before the goroutine's start.] */
static void saw(int i, chan(void) over)
{
	check(plain == i);
	plain = -i;
	chan_send(over);
}

/* [Channel communication: a send comes before the completion of the corresponding receive.] */
static void creation_and_send(void)
{
	chan(void) over = chan_make(void, 1);

	for (int i = 1; i <= PUBLISHED; i++) {
		plain = i;
		go(saw, i, over);
		check(chan_recv(over, NULL) && plain == -i);
	}
	chan_free(over);
}

/* [Channel communication: a receive from an unbuffered channel comes before the completion of the
 * corresponding send.] */
static void write_and_receive(chan(void) c)
{
	for (int i = 1; i <= PUBLISHED; i++) {
		plain = i;
		chan_recv(c, NULL);
		chan_recv(c, NULL); /* main has looked */
	}
}

static void receive_before_send(void)
{
	chan(void) c = chan_make(void, 0);

	go(write_and_receive, c);
	for (int i = 1; i <= PUBLISHED; i++) {
		chan_send(c);
		check(plain == i);
		chan_send(c);
	}
	chan_free(c);
}

/* [Channel communication: the k-th receive on a channel of capacity C comes before the completion of send
 * k + C.] So a buffered channel is a counting semaphore: at most C are inside. */
enum { INSIDE = 3, WORKERS = 12, TURNS = 100 };
static int owner[INSIDE]; /* a place of each that is inside; plain but for who has it */

static void enters(chan(int) places, chan(void) limit, struct waitgroup *wg)
{
	for (int i = 0; i < TURNS; i++) {
		int place = -1;

		chan_send(limit);
		check(chan_try_recv(places, &place) ==
		      CHAN_OK); /* there is one for who is inside */
		owner[place]++;
		chan_send(places, place);
		chan_recv(limit, NULL);
	}
	wg_done(wg);
}

static void counts_who_is_inside(void)
{
	chan(int) places = chan_make(int, INSIDE);
	chan(void) limit = chan_make(void, INSIDE);
	struct waitgroup wg = {0};
	int sum = 0;

	for (int i = 0; i < INSIDE; i++)
		chan_send(places, i);
	wg_add(&wg, WORKERS);
	for (int i = 0; i < WORKERS; i++)
		go(enters, places, limit, &wg);
	wg_wait(&wg);
	for (int i = 0; i < INSIDE; i++)
		sum += owner[i];
	check(sum == WORKERS * TURNS && chan_len(limit) == 0 && chan_len(places) == INSIDE);
	chan_free(places);
	chan_free(limit);
}

int main(void)
{
	chain();
	meets();
	closing_is_seen();
	expressions();
	no_size();
	creation_and_send();
	receive_before_send();
	counts_who_is_inside();
	return test_done();
}

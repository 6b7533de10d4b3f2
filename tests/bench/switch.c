/* Switches and channels: the cost of one switch, and of one value from sender to receiver. Both
 * sides' loops count. */
#include "bench.h"

enum { N = 20000 };

static void yielder(void)
{
	for (int i = 0; i < N; i++)
		go_yield();
}

static void yields(void)
{
	go_time start;

	go(yielder);
	start = begin();
	for (int i = 0; i < N; i++)
		go_yield();
	report("yield", start, 2 * N);
	go_yield();
}

static void sender(chan(long) c)
{
	for (long i = 0; i < N; i++)
		chan_send(c, i);
}

/* Between two goroutines, per value. */
static void pass(const char *operation, size_t capacity)
{
	chan(long) c = chan_make(long, capacity);
	go_time start;
	long sum = 0;

	go(sender, c);
	start = begin();
	for (long i = 0, v; i < N; i++) {
		chan_recv(c, &v);
		sum += v;
	}
	report(operation, start, N);
	must(sum == (long)N * (N - 1) / 2, operation);
	chan_free(c);
}

/* A send and a receive in one goroutine. */
static void pass_alone(void)
{
	chan(long) c = chan_make(long, 128);
	go_time start = begin();

	for (long i = 0, v; i < N; i++) {
		chan_send(c, i);
		chan_recv(c, &v);
	}
	report("chan_same", start, N);
	chan_free(c);
}

int main(void)
{
	go_maxprocs(1);
	yields();
	pass("chan_unbuf", 0);
	pass("chan_buf1", 1);
	pass("chan_buf128", 128);
	pass_alone();
}

/* Two small programs, by the goroutine and by the message. */
#include "bench.h"

enum { FORKS = 10945, PRIMES = 1000, LAST_PRIME = 7919 };

static void fib_to(int n, chan(long) result);

/* Forks once in each call above the leaves: FORKS times for n = 20. */
static long fib(int n)
{
	chan(long) c;
	long a, b;

	if (n < 2)
		return n;
	c = chan_make(long, 0);
	go(fib_to, n - 1, c);
	a = fib(n - 2);
	chan_recv(c, &b);
	chan_free(c);
	return a + b;
}

static void fib_to(int n, chan(long) result)
{
	chan_send(result, fib(n));
}

static void fork_join(void)
{
	go_time start = begin();
	long result = fib(20);

	report("fib20", start, FORKS);
	must(result == 6765, "fib20");
}

static long messages; /* sent in the sieve */

static void generate(chan(long) out)
{
	for (long i = 2;; i++) {
		chan_send(out, i);
		messages++;
	}
}

static void filter(long prime, chan(long) in, chan(long) out)
{
	for (long i;;) {
		chan_recv(in, &i);
		if (i % prime) {
			chan_send(out, i);
			messages++;
		}
	}
}

static void sieve(void)
{
	chan(long) c = chan_make(long, 0), out;
	go_time start = begin();
	long prime = 0, primes = PRIMES;

	while (room_for(primes) < primes)
		primes /= 2;
	go(generate, c);
	for (int i = 0; i < primes; i++, c = out) {
		chan_recv(c, &prime);
		out = chan_make(long, 0);
		go(filter, prime, c, out);
	}
	report("sieve", start, messages);
	must(primes < PRIMES || prime == LAST_PRIME, "sieve");
}

int main(void)
{
	go_maxprocs(1);
	if (room_for(FORKS) == FORKS)
		fork_join();
	sieve();
}

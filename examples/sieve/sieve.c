/* The concurrent prime sieve: a chain of goroutines, one for each prime, passes on what its prime
 * does not divide. When nobody wants more, the end of the chain is closed: each goroutine that finds
 * its channel closed closes the one before it. The argument is the number of primes to print
 * (100). */
#include <stdio.h>
#include <stdlib.h>
#include "skein.h"

static void generate(chan(int) out)
{
	for (int i = 2; chan_send_for(out, i, GO_FOREVER) == CHAN_OK; i++)
		;
}

static void filter(int prime, chan(int) in, chan(int) out)
{
	for (int i; chan_recv(in, &i);)
		if (i % prime && chan_send_for(out, i, GO_FOREVER) == CHAN_CLOSED)
			break;
	chan_close(in);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100;
	chan(int) numbers = chan_make(int, 16);

	go(generate, numbers);
	for (int i = 0; i < n; i++) {
		chan(int) rest = chan_make(int, 16);
		int prime;

		chan_recv(numbers, &prime);
		printf("%d\n", prime);
		go(filter, prime, numbers, rest);
		numbers = rest;
	}
	chan_close(numbers);
}

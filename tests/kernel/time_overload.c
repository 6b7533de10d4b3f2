/* More tickers on one core than it can serve: goroutines run all the same, and each ticker ticks. */
// test: cores=1,2
// test: cores=1 check=0 icount=0 args=exact
// test: boards=virt-aarch64,virt-riscv64 cores=1 check=1
#include "test.h"

enum { TICKERS = 400, STEPS = 1000000 }; /* what they want is more than twice the core */

static struct ticker tickers[TICKERS];

static go_time work(void)
{
	go_time start = go_now();

	for (int i = 0; i < STEPS; i++)
		__asm__ volatile("");
	return go_now() - start;
}

int main(int argc, char **argv)
{
	go_time alone = work(), crowded;
	(void)argv;

	for (int i = 0; i < TICKERS; i++)
		ticker_start(&tickers[i], us(50));
	crowded = work();
	if (argc > 1) {
		check(crowded > alone + alone / 5); /* or it was no overload */
		check(crowded < 2 * alone);
	}
	for (int i = 0; i < TICKERS; i++)
		check(chan_recv(tickers[i].c, NULL));
	for (int i = 0; i < TICKERS; i++)
		ticker_stop(&tickers[i]);
	return test_done();
}

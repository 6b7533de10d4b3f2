// test: cores=1,2 limit=20
/* A batch ends when it is full and, an hour later by the bubble's clock, when its time is over. */
#include <stdlib.h>
#include "queue.h"

static void expect(bool right)
{
	if (!right)
		abort();
}

static void test(void *unused)
{
	chan(int) jobs = chan_make(int, 0), sizes = chan_make(int, 8);
	int n;

	(void)unused;
	go(batches, jobs, sizes, 3, sec(3600));
	for (int i = 0; i < 4; i++)
		chan_send(jobs, i);
	go_time last = go_now();
	expect(chan_recv(sizes, &n) && n == 3 && go_now() == last);
	expect(chan_recv(sizes, &n) && n == 1 && go_now() == last + sec(3600));
	chan_close(jobs);
	expect(!chan_recv(sizes, &n));
	go_bubble_wait(); /* chan_close of sizes has returned then, and not before */
	chan_free(jobs);
	chan_free(sizes);
}

int main(void)
{
	go_bubble(test, NULL);
}

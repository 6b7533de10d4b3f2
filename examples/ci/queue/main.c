#include <stdio.h>
#include "queue.h"

int main(void)
{
	chan(int) jobs = chan_make(int, 0), sizes = chan_make(int, 8);

	go(batches, jobs, sizes, 4, ms(50));
	for (int i = 0; i < 10; i++)
		chan_send(jobs, i);
	chan_close(jobs);
	for (int n; chan_recv(sizes, &n);)
		printf("a batch of %d\n", n);
}

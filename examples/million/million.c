/* Many goroutines that wait on one channel, and what they take of the memory. Then all are woken and
 * joined. Arguments: how many (1000), and "fixed" for stacks of 2 KB that do not grow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "skein.h"

static struct waitgroup started, ended;

static void waiter(chan(void) gate)
{
	wg_done(&started);
	chan_recv(gate, NULL);
	wg_done(&ended);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1000;
	int fixed = argc > 2 && strcmp(argv[2], "fixed") == 0;
	chan(void) gate = chan_make(void, 0);
	size_t free = go_stats_read().memory_free;
	long taken;

	wg_add(&started, n);
	wg_add(&ended, n);
	for (int i = 0; i < n; i++)
		if (fixed)
			go_with(go_attr(.stack = 2048), waiter, gate);
		else
			go(waiter, gate);
	wg_wait(&started);
	taken = (long)(free - go_stats_read().memory_free);
	printf("%u goroutines take %ld KB, %ld bytes each\n", go_count(), taken / 1024, taken / n);
	chan_close(gate);
	wg_wait(&ended);
	printf("all %d have ended\n", n);
}

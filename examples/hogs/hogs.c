/* Preemption made visible: on each core a goroutine spins for ever and calls nothing, and a
 * thousand others, which run beside them, all come to their end. */
#include <stdio.h>
#include "skein.h"

enum { WORKERS = 1000, ROUNDS = 3, CORES = 16 };

static volatile unsigned long spins[CORES];

static void hog(int i)
{
	for (;;)
		spins[i]++;
}

/* Each round is a wait for the goroutine on the other end. */
static void work(int i, chan(int) results)
{
	for (int round = 0; round < ROUNDS; round++)
		chan_send(results, i);
}

int main(void)
{
	chan(int) results = chan_make(int, 0);
	long sum = 0, expected = (long)ROUNDS * WORKERS * (WORKERS - 1) / 2;
	unsigned long preemptions = 0;
	struct go_stats stats;

	go_race_off(); /* main looks at spins while the hogs spin */
	for (unsigned i = 0; i < go_cores(); i++)
		go_with(go_attr(.name = "hog", .core = i), hog, i);
	for (unsigned i = 0; i < go_cores(); i++)
		while (!spins[i])
			go_sleep(ms(1));
	for (int i = 0; i < WORKERS; i++)
		go(work, i, results);
	for (int i, n = 0; n < WORKERS * ROUNDS; n++) {
		chan_recv(results, &i);
		sum += i;
	}
	stats = go_stats_read();
	for (unsigned i = 0; i < stats.cores; i++) {
		printf("core %u: the hog spun %lu times, %llu preemptions\n", i, spins[i],
		       (unsigned long long)stats.core[i].preemptions);
		preemptions += stats.core[i].preemptions;
	}
	printf("%d goroutines finished beside %u hogs, %lu preemptions\n", WORKERS, stats.cores,
	       preemptions);
	return sum != expected;
}

/* A core that stays masked for over a second is reported by another. */
// test: check=0 cores=2,4 args=busy expect=70 match='(?s)^panic: core \d has not taken its alarm for [1-9]\d{3,} ms: goroutine \d+ on it masks interrupts'
// test: check=0 cores=2,4 args=idle expect=70 match='(?s)^panic: core \d has not taken its alarm for [1-9]\d{3,} ms: goroutine \d+ on it masks interrupts.*"stuck" \[running on core \d\]'
#include "test.h"
#include <string.h>

static struct spinlock lock;

static void stuck(void)
{
	spin_lock(&lock);
	for (;;)
		__asm__ volatile("");
}

int main(int argc, char **argv)
{
	go_with(go_attr(.name = "stuck", .core = 1), stuck);
	if (argc > 1 && !strcmp(argv[1], "busy"))
		for (go_time start = go_now(); go_now() - start < sec(10);)
			;
	go_sleep(sec(10)); /* the other cores have nothing to do */
	return 1;
}

/* Out of memory: go_try says false and goes on working when some have ended; go panics, and says
 * how many there are. */
// test: cores=1,4 mem=32M args=try
// test: cores=1,4 mem=32M args=go expect=70 match='(?s)^started\n.*^panic: go: out of memory with \d{2,} goroutines alive: use go_try, start fewer, or give the board more RAM \(MEM=\)'
#include <string.h>
#include "test.h"

static struct waitgroup done;
static chan(int) gate;

static void held(void)
{
	chan_recv(gate, NULL);
	wg_done(&done);
}

static unsigned start_all(void)
{
	unsigned n = 0;

	for (;; n++) {
		wg_add(&done, 1);
		if (!go_try(held))
			break;
	}
	wg_done(&done);
	return n;
}

int main(int argc, char **argv)
{
	unsigned first, second;

	gate = chan_make(int, 0);
	kprintf("started\n");
	if (argc > 1 && !strcmp(argv[1], "go"))
		for (;;) {
			wg_add(&done, 1);
			/* a report of 10,000 would take its time */
			go_with(go_attr(.stack = 1 << 18), held);
		}
	first = start_all();
	check(first > 1000);
	check(go_count() == first + 1);
	check(!go_try(held));
	chan_close(gate);
	wg_wait(&done);
	while (go_count() != 1)
		go_yield();
	gate = chan_make(int, 0);
	second = start_all();
	check(second > 1000);
	kprintf("%u, then %u\n", first, second);
	return test_done();
}

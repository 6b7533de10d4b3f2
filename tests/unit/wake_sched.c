// test: sanitize=thread,address seeds=1,4 limit=120 cflags=@tests/unit/host/kernel.flags sources="kernel/*/*.c tests/unit/host/host.c"
/* Sleep and wake in the scheduler: as many goroutines are readied as there are other cores, and
 * each spins until all run at the same time, without a call of the kernel. So each needs a core of
 * its own, and every wake: idle cores do not look after the others here. A lost wake ends at the
 * limit. */
#include <unistd.h>
#include "../stress/stress.h"
#include "board.h"

enum { ROUNDS = 400 };

static uint32_t running; /* atomic */

static void meet(uint32_t n)
{
	__atomic_fetch_add(&running, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&running, __ATOMIC_RELAXED) < n)
		usleep(0);
}

static void wait_and_meet(chan(uint64_t) in, chan(uint64_t) out)
{
	for (uint64_t n; chan_recv(in, &n); chan_send(out, n))
		meet(n);
}

/* Idle cores look after others after so many ticks. ThreadSanitizer is not told: they may notice
 * late. */
static __attribute__((no_sanitize("thread"), __noinline__)) void never_look(void)
{
	board.clock_hz = sec(3600);
}

int main(int argc, char **argv)
{
	uint64_t n = go_cores(), back;
	chan(uint64_t) in = chan_make(uint64_t, 0), out = chan_make(uint64_t, 0);
	struct chance c;

	stress_begin(argc, argv);
	c = chance_of(0);
	never_look();
	for (uint64_t i = 1; i < n; i++)
		go(wait_and_meet, in, out);
	for (int i = 0; i < ROUNDS; i++) {
		if (below(&c, 2))
			go_sleep(us(below(&c, 300))); /* all asleep, or about to be */
		running = 0;
		for (uint64_t k = 1; k < n; k++)
			chan_send(in, n);
		meet(n);
		for (uint64_t k = 1; k < n; k++)
			chan_recv(out, &back);
	}
	chan_close(in);
	stress_settle();
	return 0;
}

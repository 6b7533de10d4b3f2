/* board_clock: never goes back, also from core to core; arch_cycles counts the same; clock_hz is
 * its rate by the host's clock. */
// test: check=0 cores=1,2,4,8,16
#include "board.h"
#include "base/atomic.h"
#include "sched/core.h"
#include "test.h"

/* atomic: the latest that any core has read, its low half on a 32-bit machine */
static unsigned long last;
static struct waitgroup done;

/* What was read before, here or on another core, is not later than what is read now. */
static void read_clock(void)
{
	for (unsigned i = 0; i < 20000; i++) {
		unsigned long before = load_acquire(&last), now = board_clock();

		if ((long)(now - before) < 0 &&
		    !check(!"the clock of this core is behind what another has read"))
			break;
		store_release(&last, now);
		if (i % 1000 == 0)
			go_yield();
	}
	wg_done(&done);
}

static void same_as_cycles(void)
{
	uint64_t a, b, c;

	for (unsigned i = 0; i < 1000; i++) {
		a = board_clock();
		b = arch_cycles();
		c = board_clock();
		if (!(a <= b + board.clock_hz / 100000 && b <= c)) {
			check(!"arch_cycles agrees with board_clock");
			return;
		}
	}
	check(true);
}

/* Nanoseconds of the host (SYS_ELAPSED), 0 where none answers. */
static uint64_t host_now(void)
{
	uint64_t ns = 0;

	return arch_semihost(0x30, &ns) == 0 ? ns : 0;
}

/* Each reading of the host stands between two of ours, so that nobody's pause can spoil the
 * comparison. */
static void rate(void)
{
	uint64_t a0 = board_clock(), host0 = host_now(), a1 = board_clock(), b0, b1, host1;
	uint64_t least, most, host;

	if (!host0)
		return;
	while (board_clock() - a1 < board.clock_hz / 20)
		;
	b0 = board_clock();
	host1 = host_now();
	b1 = board_clock();
	host = (host1 - host0) / 1000;
	least = (b0 - a1) * 1000000 / board.clock_hz;
	most = (b1 - a0) * 1000000 / board.clock_hz;
	if (!check(least <= host + host / 100 + 50) || !check(most + most / 100 + 50 >= host))
		kprintf("%llu to %llu us by clock_hz, %llu us on the host\n",
		        (unsigned long long)least, (unsigned long long)most,
		        (unsigned long long)host);
}

int main(void)
{
	uint64_t start = board_clock();

	check(board.clock_hz >= 1000000 && board.clock_hz <= 10000000000);
	for (unsigned i = 0; i < 1000000 && board_clock() == start; i++)
		;
	check(board_clock() > start);
	same_as_cycles();
	rate();
	wg_add(&done, go_cores());
	for (unsigned i = 0; i < go_cores(); i++)
		go_with(go_attr(.core = (int)i), read_clock);
	wg_wait(&done);
	return test_done();
}

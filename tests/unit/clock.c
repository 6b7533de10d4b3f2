// test: cflags="-iquote tests/unit/host" sources=kernel/base/clock.c
// test: cflags="-iquote tests/unit/host -U__SIZEOF_INT128__" sources=kernel/base/clock.c
/* Nanoseconds and ticks, compared with exact arithmetic, for the clocks of boards and odd ones: a wait
 * for some nanoseconds takes at least as long by any clock, and hardly longer. The second run multiplies
 * as a machine of 32 bits does. */
#include "base/clock.h"
#include "unit.h"

typedef unsigned __int128 wide;

#define NS_PER_SECOND 1000000000ull
#define YEARS (1ull << 58) /* 9 of them, in nanoseconds */

static void wait_is_long_enough(uint64_t hz, uint64_t ns)
{
	wide ticks = clock_ticks((int64_t)ns),
	     least = ((wide)ns * hz + NS_PER_SECOND - 1) / NS_PER_SECOND;

	must(ticks >= least);
	/* one tick, as a wait begins within a tick, and one for each rounding */
	must(ticks <= least + 2 + (ns >> 32));
}

/* The first tick at which so many nanoseconds have passed, or the one behind it. */
static void moment_is_first(uint64_t ns)
{
	uint64_t ticks = clock_at((int64_t)ns) - clock_rate.origin;

	must(clock_ns(ticks) >= (int64_t)ns);
	must(ticks < 2 || clock_ns(ticks - 2) < (int64_t)ns);
}

static void time_is_exact(uint64_t hz, uint64_t ticks)
{
	wide ns = (wide)ticks * NS_PER_SECOND / hz;
	wide read = (uint64_t)clock_ns(ticks);

	if (ns > YEARS)
		return;
	must(read <= ns && ns - read <= 1 + (ticks >> 32));
}

int main(int argc, char **argv)
{
	static const uint64_t rates[] = {999983,   1000000,   10000000,  12345678,  19200000,
	                                 20000000, 24000000,  40000000,  54000000,  62500000,
	                                 99999989, 100000000, 150000000, 999999937, 1000000000};
	uint32_t chance;

	unit_begin(argc, argv);
	chance = unit_chance(0);
	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		clock_init(rates[i], 77);
		for (uint64_t n = 1; n < YEARS; n += n / 8 + rand_below(&chance, 8) + 1) {
			wait_is_long_enough(rates[i], n);
			moment_is_first(n);
			time_is_exact(rates[i], n);
		}
	}
	return 0;
}

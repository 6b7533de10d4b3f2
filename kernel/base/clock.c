/* Nanoseconds and ticks: see clock.h. */
#include "base/clock.h"

struct clock clock_rate;

/* a / b as a 32.32 number, for a below 2^34. */
static uint64_t ratio(uint64_t a, uint64_t b)
{
	uint64_t whole = a / b, rest = a % b, fraction = 0;

	for (unsigned i = 0; i < 32; i++) {
		rest *= 2;
		fraction = fraction * 2 + rest / b;
		rest %= b;
	}
	return (whole << 32) + fraction;
}

/* Context: boot. */
void clock_init(uint64_t hz, uint64_t now)
{
	clock_rate.ns_per_tick = ratio(1000000000, hz);
	/* rounded up: a sleep is never short */
	clock_rate.ticks_per_ns = ratio(hz, 1000000000) + 1;
	clock_rate.origin = now;
}

/* ticks_per_ns is rounded up. Over a long time that makes many ticks, which one step of Newton's
 * method takes back.
 * Context: any. */
uint64_t clock_at(int64_t ns)
{
	uint64_t ticks = clock_scale(ns, clock_rate.ticks_per_ns);
	int64_t over = clock_ns(ticks) - ns;

	if (over > 0)
		ticks -= clock_scale(over, clock_rate.ticks_per_ns);
	while (clock_ns(ticks) < ns)
		ticks++;
	return clock_rate.origin + ticks;
}

/* Nanoseconds of the API and ticks of the board. */
#ifndef SKEIN_CLOCK_H
#define SKEIN_CLOCK_H
#include <stdint.h>

struct clock {
	uint64_t ns_per_tick;  /* 32.32 fixed point */
	uint64_t origin;       /* ticks at boot; beside what go_now reads too */
	uint64_t ticks_per_ns; /* 32.32 fixed point */
};
extern struct clock clock_rate;

/* a * b / 2^32 for a 32.32 number b. Where registers have 32 bits it takes the four partial
 * products. */
#ifdef __SIZEOF_INT128__
static inline uint64_t clock_scale(uint64_t a, uint64_t b)
{
	return (unsigned __int128)a * b >> 32;
}
#else
static inline uint64_t clock_scale(uint64_t a, uint64_t b)
{
	uint64_t a1 = a >> 32, a0 = (uint32_t)a, b1 = b >> 32, b0 = (uint32_t)b;

	return (a1 * b1 << 32) + a1 * b0 + a0 * b1 + (a0 * b0 >> 32);
}
#endif

/* Rounded up, so that a sleep is never short. */
static inline uint64_t clock_ticks(int64_t ns)
{
	return clock_scale(ns, clock_rate.ticks_per_ns) + 1;
}

static inline int64_t clock_ns(uint64_t ticks)
{
	return clock_scale(ticks, clock_rate.ns_per_tick);
}

/* The first tick at which so many nanoseconds have passed since boot, or the one behind it. */
uint64_t clock_at(int64_t ns);

void clock_init(uint64_t hz, uint64_t now);

#endif

/* The only source of chance in the kernel: a xorshift a core, from one seed, so that a run under
 * exact replay repeats. */
#ifndef SKEIN_RAND_H
#define SKEIN_RAND_H
#include <stdint.h>

/* Context: masked; state is this core's. */
static inline uint32_t rand_next(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *state = x;
}

/* Below n, without a division. */
static inline uint32_t rand_below(uint32_t *state, uint32_t n)
{
	return (uint64_t)rand_next(state) * n >> 32;
}

#endif

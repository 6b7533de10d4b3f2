/* What the unit tests share that run a few kernel files alone, in threads that stand for cores. */
#ifndef UNIT_H
#define UNIT_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/rand.h"

#define must(cond) unit_must(!!(cond), __FILE__, __LINE__, #cond)

static uint32_t unit_seed = 1;

static inline void unit_must(bool good, const char *file, int line, const char *what)
{
	if (good)
		return;
	printf("%s:%d: seed %u: %s\n", file, line, unit_seed, what);
	fflush(stdout);
	_exit(1);
}

/* As a board's command line has it: skein.seed=7. */
static inline void unit_begin(int argc, char **argv)
{
	if (argc > 1)
		sscanf(argv[1], "skein.seed=%u", &unit_seed);
}

/* The state of a chance of its own for each i. */
static inline uint32_t unit_chance(uint32_t i)
{
	uint32_t x = unit_seed * 2654435761u ^ (i + 1) * 0x9e3779b9u;

	return x ? x : 1;
}

/* Now and then the host gets something else to run: so threads meet in the middle of things on
 * few processors too. */
static inline void unit_shuffle(uint32_t *chance)
{
	if (rand_below(chance, 16) == 0)
		usleep(rand_below(chance, 4) == 0);
}

/* Runs f(0), f(1) ... f(n - 1) in a thread each, and waits for all. */
static inline void unit_threads(void *(*f)(void *), unsigned n)
{
	pthread_t id[32];

	for (uintptr_t i = 0; i < n; i++)
		must(pthread_create(&id[i], 0, f, (void *)i) == 0);
	for (unsigned i = 0; i < n; i++)
		pthread_join(id[i], 0);
}

#endif

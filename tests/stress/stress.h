/* What the stress programs share: a chance that repeats, a check that ends the program, and what
 * must hold at the end. A program does several rounds of seeded random work; after each round
 * only main lives and nothing may be left. */
#ifndef STRESS_H
#define STRESS_H
#include <stdlib.h>
#include <skein.h>

#define must(cond) stress_must(!!(cond), __FILE__, __LINE__, #cond)

static unsigned stress_seed, stress_round;

static inline void stress_must(bool good, const char *file, int line, const char *what)
{
	if (good)
		return;
	kprintf("%s:%d: seed %u, round %u, goroutine %u: %s\n", file, line, stress_seed,
	        stress_round, go_id(), what);
	exit(1);
}

/* How many of `most` goroutines, of so many bytes each, the machine has room for. */
static inline unsigned stress_room(unsigned most, size_t each)
{
	void *all;

	while (!(all = malloc(most * each)))
		most /= 2;
	free(all);
	return most;
}

/* A generator for one goroutine. */
struct chance {
	uint32_t x;
};

static inline uint32_t chance_next(struct chance *c)
{
	c->x ^= c->x << 13;
	c->x ^= c->x >> 17;
	return c->x ^= c->x << 5;
}

static inline uint32_t below(struct chance *c, uint32_t n)
{
	return (uint64_t)chance_next(c) * n >> 32;
}

/* Of its own for each i of this round. */
static inline struct chance chance_of(uint32_t i)
{
	uint32_t x = stress_seed * 2654435761u ^ (stress_round * 40503u + i + 1) * 0x9e3779b9u;
	struct chance c = {x ? x : 1};

	for (int warm = 0; warm < 4; warm++)
		chance_next(&c);
	return c;
}

/* The program's chance comes from the kernel's, which skein.seed sets: a select of two ready cases
 * tosses a coin. An argument takes its place. */
static inline void stress_begin(int argc, char **argv)
{
	chan(void) ready = chan_make(void, 0);

	chan_close(ready);
	for (int i = 0; i < 32; i++)
		stress_seed =
		    stress_seed << 1 | chan_select(on_recv(ready, NULL), on_recv(ready, NULL));
	chan_free(ready);
	if (argc > 1)
		stress_seed = strtoul(argv[1], 0, 0);
}

/* Waits for those that have done their last wg_done and are about to end. */
static inline void stress_settle(void)
{
	while (go_count() > 1)
		go_sleep(us(20));
}

/* No frame is held but one for each core, and no stack but main's, some for the next go, and the
 * deepest need so far: `most` is how many goroutines one round has at a time. */
static inline int stress_end(unsigned most)
{
	struct go_stats stats = go_stats_read();

	must(go_count() == 1);
	must(stats.frames <= 2 * go_cores());
	must(stats.stacks <= most + 1 + go_cores() * 65);
	return 0;
}

/* For each round: work(), then nothing is left. */
#define stress_rounds(n, work)                                                      \
	for (stress_round = 0; stress_round < (n); stress_round++, stress_settle()) \
	work()

/* Checks off each of n values once. Zeroed memory of tally_words(n) words. */
#define tally_words(n) (((n) + 31) / 32)

static inline void tally(uint32_t *words, uint32_t i, uint32_t n)
{
	must(i < n);
	must(!(__atomic_fetch_or(&words[i / 32], 1u << i % 32, __ATOMIC_RELAXED) & 1u << i % 32));
}

static inline void tally_full(const uint32_t *words, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		must(words[i / 32] & 1u << i % 32);
}

#endif

/* What the tests of the race detector share. A case is named, and says whether it has a race:
 *
 *	race(name) { ... }
 *	no_race(name) { ... }
 *
 * The cases check what the cases of Go's runtime/race check, as far as C has it. Each uses the
 * variables in `v`, which are new for each. Its goroutines end before the next case. A case may put
 * accesses into an order that the detector does not see, by step_to and await_step. */
#ifndef RACE_TEST_H
#define RACE_TEST_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/race.h"
#include "test.h"

static struct {
	int x, y, z;
	char bytes[64] __attribute__((aligned(8)));
	struct pair {
		int a, b;
	} pair, pairs[4];
	long word;
	double real;
	float single;
	void *p;
	struct mutex m, m2;
	struct rwmutex rw;
	struct waitgroup wg, wg2;
	struct once once;
	struct cond cond;
	struct sema sema;
	struct pool pool;
	struct spinlock spin;
	struct timer timer;
	struct ticker ticker;
	chan(int) c, c2;
	chan(struct pair) pc;
	chan(void) done, done2;
	volatile int step;
} v;

enum { CASES = 256 };
static struct race_case {
	const char *name;
	void (*f)(void);
	bool has;
} race_cases[CASES];
static unsigned race_count;

#define race(name) race_case(name, true)
#define no_race(name) race_case(name, false)
#define race_case(name, has)                                                     \
	static void name(void);                                                  \
	static __attribute__((constructor)) void add_##name(void)                \
	{                                                                        \
		race_cases[race_count++] = (struct race_case){#name, name, has}; \
	}                                                                        \
	static void name(void)

static inline void __attribute__((unused)) step_to(int n)
{
	go_race_off();
	v.step = n;
	go_race_on();
}

static inline void __attribute__((unused)) await_step(int n)
{
	go_race_off();
	while (v.step < n)
		go_yield();
	go_race_on();
}

/* Waits until all other goroutines have ended, unseen by the detector. */
static inline void __attribute__((unused)) all_ended(void)
{
	while (go_count() > 1)
		go_yield();
}

static int race_main(void)
{
	printf("%s", ""); /* stdio is ready from here on */
	race_quiet = true;
	race_take();
	for (unsigned i = 0; i < race_count; i++) {
		const struct race_case *c = &race_cases[i];
		unsigned n;

		go_race_off();
		memset(&v, 0, sizeof(v));
		go_race_on();
		race_forget(&v, sizeof(v));
		c->f();
		all_ended();
		n = race_take();
		if (!check((n > 0) == c->has))
			kprintf("%s: %u races\n", c->name, n);
	}
	kprintf("%u cases\n", race_count);
	return test_done();
}

#endif

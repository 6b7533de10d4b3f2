// test: sanitize=thread,address seeds=1,2 cflags="-iquote tests/unit/host -DCONFIG_RING=16 -DCONFIG_BATCH=3" sources=kernel/sched/runq.c
/* The run queue's ring: an owner that pushes, pops, puts back and spills, and thieves that steal
 * from it and from each other. Nothing is lost or comes twice, what a goroutine's readier wrote is
 * visible, and what nobody puts back comes to each taker in the order in which it was pushed. */
#include "sched/g.h"
#include "unit.h"
#include "sched/runq.h"

enum { ROUNDS = 4, GOROUTINES = 1 << 15, THIEVES = 3 };

static struct g all[GOROUTINES];
static uint32_t taken[GOROUTINES], ntaken; /* atomic */
static struct runq ring[THIEVES + 1];      /* the owner's is the first */
static bool puts_back;                     /* the order is not kept then */
static uint32_t round_number;

/* What a taker has seen last. */
struct taker {
	uint32_t last, chance;
};

/* Ends no theft before its time. */
bool host_due(void)
{
	return false;
}

static void take(struct taker *t, struct g *g)
{
	must(g->id == g - all);
	must(g->since ==
	     (uint64_t)g->id * round_number); /* plain: a race unless it was handed over in order */
	must(fetch_add_relaxed(&taken[g->id], 1) == 0);
	if (!puts_back)
		must(g->id >= t->last);
	t->last = g->id;
	fetch_add_relaxed(&ntaken, 1);
}

static void spill(struct taker *t)
{
	for (struct g *g = runq_spill(&ring[0]).head; g; g = g->next)
		take(t, g);
}

static void push(struct taker *t, struct g *g)
{
	g->id = g - all;
	g->since = (uint64_t)g->id * round_number;
	while (!runq_push(&ring[0], g))
		spill(t);
}

static void pop(struct taker *t)
{
	struct g *g = runq_pop(&ring[0]);

	if (g && puts_back && rand_below(&t->chance, 2)) {
		g->since = (uint64_t)g->id * round_number; /* it ran, and was interrupted */
		while (!runq_push_head(&ring[0], g))
			spill(t);
	} else if (g) {
		take(t, g);
	}
}

static void own(struct taker *t)
{
	for (uint32_t pushed = 0; pushed < GOROUTINES;) {
		unsigned burst = 1 + rand_below(&t->chance, 6);

		for (; burst && pushed < GOROUTINES; burst--)
			push(t, &all[pushed++]);
		for (burst = rand_below(&t->chance, 6); burst; burst--)
			pop(t);
		unit_shuffle(&t->chance);
	}
	while (!runq_empty(&ring[0]))
		pop(t);
}

/* Mostly from the owner. What it has stolen another thief may steal, and see what is older
 * later. */
static void steal(struct taker *t, unsigned me)
{
	unsigned from =
	    puts_back && rand_below(&t->chance, 4) == 0 ? 1 + rand_below(&t->chance, THIEVES) : 0;
	struct g *g = from == me ? 0 : runq_steal(&ring[me], &ring[from]);

	if (!g)
		usleep(0);
	for (; g; g = runq_pop(&ring[me])) {
		take(t, g);
		unit_shuffle(&t->chance);
	}
}

static void *core(void *arg)
{
	unsigned me = (uintptr_t)arg;
	struct taker t = {0, unit_chance(me + round_number * 100)};

	if (me == 0)
		own(&t);
	else
		while (load_relaxed(&ntaken) < GOROUTINES)
			steal(&t, me);
	return 0;
}

/* Wherever in the ring they lie: half of n goroutines, rounded up, in their order. */
static void steal_half(uint32_t at, unsigned n)
{
	unsigned stolen = 0;

	memset(ring, 0, sizeof(ring));
	ring[0].head = ring[0].tail = at;
	ring[1].head = ring[1].tail = at / 2;
	for (unsigned i = 0; i < n; i++)
		must(runq_push(&ring[0], &all[i]));
	for (struct g *g = runq_steal(&ring[1], &ring[0]); g; g = runq_pop(&ring[1]))
		must(g == &all[stolen++]);
	must(stolen == (n + 1) / 2);
	for (unsigned i = stolen; i < n; i++)
		must(runq_pop(&ring[0]) == &all[i]);
	must(!runq_pop(&ring[0]));
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv);
	for (uint32_t at = 0; at < 2 * CONFIG_RING; at++)
		for (unsigned n = 0; n <= CONFIG_RING; n++)
			steal_half(at, n);
	memset(ring, 0, sizeof(ring));
	for (round_number = 1; round_number <= ROUNDS; round_number++) {
		puts_back = round_number % 2 == 0;
		memset(taken, 0, sizeof(taken));
		ntaken = 0;
		unit_threads(core, THIEVES + 1);
		must(ntaken == GOROUTINES);
	}
	return 0;
}

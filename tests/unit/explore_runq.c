// test: cflags="-iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -DCONFIG_RING=4 -DCONFIG_BATCH=2" sources="kernel/sched/runq.c tests/unit/explore/explore.c"
// weaken: kernel/sched/runq.c kernel/sched/runq.h
/* The run queue's ring under every execution of its owner and one or two thieves. Each goroutine
 * carries plain data that its readier wrote, so that handing one over without an order is a
 * race; each must come out exactly once. */
#include <stdlib.h>
#include <string.h>
#include "base/atomic.h"
#include "explore.h"
#include "sched/runq.h"
#include "sched/g.h"

enum { GOROUTINES = 8 };

static struct g g[GOROUTINES + 1];
static uint32_t data[GOROUTINES + 1];
static struct runq ring[3]; /* ring[i] is owned by thread i */
static unsigned taken[3][GOROUTINES + 1];
static uint32_t sleeping, saw_sleeper, saw_work;

static void init(void)
{
	memset(g, 0, sizeof(g));
	memset(data, 0, sizeof(data));
	memset(ring, 0, sizeof(ring));
	memset(taken, 0, sizeof(taken));
	sleeping = saw_sleeper = saw_work = 0;
	explore_carried(ring[0].slot, sizeof(ring[0].slot));
	explore_carried(ring[1].slot, sizeof(ring[1].slot));
	explore_carried(ring[2].slot, sizeof(ring[2].slot));
}

/* The ring has been round, and holds goroutines 1 .. n. */
static void fill(struct runq *q, unsigned n)
{
	q->head = 0xfffe;
	q->tail = 0xfffe + n;
	for (unsigned i = 0; i < n; i++)
		q->slot[(q->head + i) % CONFIG_RING] = &g[i + 1];
}

/* Ends no theft before its time. */
bool machine_pending(void)
{
	return false;
}

static void push(unsigned i)
{
	plain_write(&data[i], i);
	if (!runq_push(&ring[explore_self()], &g[i]))
		taken[explore_self()][i]++; /* full: to the global queue */
}

static void push_head(unsigned i)
{
	plain_write(&data[i], i);
	if (!runq_push_head(&ring[explore_self()], &g[i]))
		taken[explore_self()][i]++;
}

/* i .. i + n - 1, from the global queue; what does not fit stays there. */
static void push_chain(unsigned i, unsigned n)
{
	struct g *chain = &g[i];
	unsigned moved;

	for (unsigned k = i; k < i + n; k++) {
		plain_write(&data[k], k);
		g[k].next = &g[k + 1];
	}
	moved = runq_push_chain(&ring[explore_self()], &chain, n);
	explore_assert(chain == &g[i + moved]);
	for (; moved < n; moved++)
		taken[explore_self()][i + moved]++;
}

static bool take(struct g *got)
{
	unsigned i;

	if (!got)
		return false;
	i = explore_value(got) - g;
	explore_assert(i >= 1 && i <= GOROUTINES);
	explore_assert(!taken[explore_self()][i]);
	taken[explore_self()][i]++;
	plain_read(&data[i]);
	return true;
}

static bool pop(void)
{
	return take(runq_pop(&ring[explore_self()]));
}

static bool steal(unsigned victim)
{
	return take(runq_steal(&ring[explore_self()], &ring[victim]));
}

static unsigned last; /* goroutines 1 .. last are in the game */

static void check(void)
{
	for (unsigned t = 0; t < 3; t++)
		for (struct g *got; (got = runq_pop(&ring[t]));)
			taken[t][got - g]++;
	for (unsigned i = 1; i <= last; i++)
		explore_assert(taken[0][i] + taken[1][i] + taken[2][i] == 1);
}

static void thief(void)
{
	if (steal(0))
		pop();
}

static void thief_twice(void)
{
	steal(0);
	while (pop())
		;
	steal(0);
}

/* Push and pop against a thief, from empty, round the end of the ring. */
static void init_empty(void)
{
	init();
	fill(&ring[0], 0);
	last = 3;
}

static void owner_pushes(void)
{
	push(1);
	push(2);
	pop();
	push(3);
	pop();
}

/* The ring is full: each push needs a slot that a thief, or the owner, has just left. */
static void init_full(void)
{
	init();
	fill(&ring[0], 4);
	last = 6;
}

static void owner_refills(void)
{
	push(5);
	pop();
	push(6);
}

static void owner_refills_by_chain(void)
{
	pop();
	push_chain(5, 2);
}

static void owner_pushes_chain(void)
{
	push_chain(1, 2);
	pop();
	push_chain(3, 1);
}

/* What an interrupt put back: the head moves back under the thief's eyes. */
static void init_one(void)
{
	init();
	fill(&ring[0], 1);
	last = 4;
}

static void owner_puts_back(void)
{
	pop();
	push_head(2);
	push(3);
	pop();
	push_head(4);
}

static void init_three(void)
{
	init();
	fill(&ring[0], 3);
	last = 6;
}

static void owner_puts_back_full(void)
{
	push_head(4);
	push_head(5);
	push_head(6);
}

/* Two thieves, the one stealing from the other too. */
static void owner_short(void)
{
	push(4);
	pop();
	push(5);
}

static void thief_of_thief(void)
{
	steal(1);
	steal(0);
}

static void init_two_thieves(void)
{
	init();
	fill(&ring[0], 3);
	last = 5;
}

/* Spill reads its slots, so they are not carried: a second init without those. */
static void init_spill(void)
{
	memset(g, 0, sizeof(g));
	memset(ring, 0, sizeof(ring));
	memset(taken, 0, sizeof(taken));
	fill(&ring[0], 4);
	last = 5;
}

static void owner_spills(void)
{
	for (struct g *got = runq_spill(&ring[0]).head; got; got = got->next)
		take(got);
	push(5);
}

/* Promise 1 of idle.c, on each way that work gets into a ring: the pusher sees the sleeper or
 * the sleeper the work. */
static void look_for_sleeper(void)
{
	saw_sleeper = load_full(&sleeping);
}

static void notify_push(void)
{
	push(1);
	look_for_sleeper();
}

static void notify_push_head(void)
{
	push_head(1);
	look_for_sleeper();
}

static void sleeper(void)
{
	store_full(&sleeping, 1);
	saw_work = !runq_empty(&ring[0]) || !runq_empty(&ring[1]);
}

static void check_seen(void)
{
	explore_assert(saw_sleeper || saw_work);
}

static void init_notify(void)
{
	init();
	fill(&ring[0], 0);
}

/* A thief that takes two and publishes the second in its own ring. */
static void notify_steal(void)
{
	saw_sleeper = 1;
	if (runq_steal(&ring[0], &ring[2]))
		look_for_sleeper();
}

static void init_notify_steal(void)
{
	init();
	fill(&ring[2], 3);
}

/* One yields to the next, and tells nobody: at no time does the ring look empty. */
static void yield(void)
{
	push(2);
	pop();
}

static const struct explore_scenario scenarios[] = {
    {"push and pop, a thief", init_empty, {owner_pushes, thief}, 0, check, 0, 0, false},
    {"push into a full ring, a thief",
     init_full,
     {owner_refills, thief_twice},
     0,
     check,
     0,
     0,
     false},
    {"push_chain, a thief", init_empty, {owner_pushes_chain, thief}, 0, check, 0, 0, false},
    {"push_chain into a full ring, a thief",
     init_full,
     {owner_refills_by_chain, thief_twice},
     0,
     check,
     0,
     0,
     false},
    {"push_head, a thief", init_one, {owner_puts_back, thief}, 0, check, 0, 0, false},
    {"push_head into a full ring, a thief",
     init_three,
     {owner_puts_back_full, thief_twice},
     0,
     check,
     0,
     0,
     false},
    {"two thieves", init_two_thieves, {owner_short, thief, thief_of_thief}, 0, check, 0, 0, false},
    {"spill, a thief", init_spill, {owner_spills, thief}, 0, check, 0, 0, false},
    {"push, a sleeper looks", init_notify, {notify_push, sleeper}, 0, check_seen, 0, 0, false},
    {"push_head, a sleeper looks",
     init_notify,
     {notify_push_head, sleeper},
     0,
     check_seen,
     0,
     0,
     false},
    {"yield, a sleeper looks", init_one, {yield, sleeper}, 0, check_seen, 0, 0, false},
    {"steal, a sleeper looks",
     init_notify_steal,
     {notify_steal, sleeper},
     0,
     check_seen,
     0,
     0,
     false},
};

int main(void)
{
	bool good = true;

	for (unsigned i = 0; i < sizeof(scenarios) / sizeof(*scenarios) && good; i++)
		good = explore_report(&scenarios[i]);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

// test: cflags="-include tests/unit/explore/one_lock.h -iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -DCONFIG_CORES=4" watched="kernel/sync/waitq.c kernel/sync/mutex.c kernel/sync/rwmutex.c kernel/sync/pool.c kernel/sched/timer.c tests/unit/explore/goroutines.c tests/unit/explore_rwmutex.c" sources="kernel/sched/core.c kernel/base/clock.c tests/unit/explore/machine.c tests/unit/explore/explore.c"
// weaken: kernel/sync/rwmutex.c kernel/sync/pool.c kernel/include/skein/sync_impl.h:R1,R3
/* What counts and lists by core: the slots of a rwmutex, and the lists of a pool. */
#include "goroutines.h"

static struct rwmutex rw;
static struct pool pool;
static uint32_t data;

#define me explore_self()

static void init(void)
{
	goroutines_init();
	rw = (struct rwmutex){0};
	pool = (struct pool){0};
	data = 0;
}

static void read(void)
{
	rwmutex_rlock(&rw);
	explore_assert(data % 2 == 0);
	rwmutex_runlock(&rw);
}

static void try_read(void)
{
	if (!rwmutex_try_rlock(&rw))
		return;
	explore_assert(data % 2 == 0);
	rwmutex_runlock(&rw);
}

/* Moves to the other core while it reads. */
static void read_and_move(void)
{
	rwmutex_rlock(&rw);
	explore_assert(data % 2 == 0);
	machine_be_core(1);
	rwmutex_runlock(&rw);
}

static void write(void)
{
	rwmutex_lock(&rw);
	data++;
	data++;
	rwmutex_unlock(&rw);
}

static void try_write(void)
{
	if (!rwmutex_try_lock(&rw))
		return;
	data++;
	data++;
	rwmutex_unlock(&rw);
}

static void on_core_1(void)
{
	machine_be_core(1);
	write();
}

static void check_free(void)
{
	uint32_t readers = (uint32_t)rw.readers;

	for (unsigned i = 0; i < core_count; i++)
		readers += rw.slot[i].word;
	explore_assert(!readers && !rw.waitq.word && !rw.waitq.lock && !rw.writer &&
	               !rw.writers.waitq.word);
}

/* Pool: two blocks lie in the list of core 0. */
static struct block {
	struct block *next;
	uint32_t data;
} block[2];
static uint32_t owner[2];

static void init_pool(void)
{
	init();
	block[0] = (struct block){&block[1], 0};
	block[1] = (struct block){0};
	owner[0] = owner[1] = 0;
	pool.list[0].blocks = &block[0];
}

static void get_and_put(void)
{
	struct block *b = pool_get(&pool);

	if (!b)
		return;
	b->data++;
	pool_put(&pool, b);
}

static void get_twice(void)
{
	struct block *a = pool_get(&pool), *b = pool_get(&pool);

	explore_assert(!a || a != b);
	if (a)
		a->data++;
	if (b)
		b->data++;
	pool_put(&pool, b);
	pool_put(&pool, a);
}

static void check_pool(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < core_count; i++)
		for (struct block *b = pool.list[i].blocks; b; b = b->next)
			n++;
	explore_assert(n == 2);
}

static const struct explore_scenario scenarios[] = {
    {.name = "a reader and a writer",
     .init = init,
     .thread = {read, on_core_1},
     .check = check_free},
    {.name = "one that tries to read",
     .init = init,
     .thread = {try_read, on_core_1},
     .check = check_free},
    {.name = "a reader that moves",
     .init = init,
     .thread = {read_and_move, on_core_1},
     .check = check_free},
    {.name = "a reader and one that tries to write",
     .init = init,
     .thread = {read, try_write},
     .check = check_free},
    {.name = "two writers", .init = init, .thread = {write, on_core_1}, .check = check_free},
    {.name = "a pool, one steals",
     .init = init_pool,
     .thread = {get_and_put, get_and_put},
     .check = check_pool},
    {.name = "a pool, two of each",
     .init = init_pool,
     .thread = {get_twice, get_twice},
     .check = check_pool},
};

int main(void)
{
	return machine_explore(init, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

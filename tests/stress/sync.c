/* Rwmutex, cond, semaphore and pool at once, with limits that race with wakes: what a rwmutex guards
 * is never seen half written, a ring of slots under a mutex and two conds loses no value, no more
 * permits are out than there are, and no block is out twice. */
#include "stress.h"

enum { ROUNDS = 3, USERS = 10, TIMES = 150, PERMITS = 5, SLOTS = 3, VALUES = 300 };

/* Rwmutex. */

static struct rwmutex rw;
static uint32_t pair[2], writes;

static void read_pair(struct chance *c)
{
	switch (below(c, 6)) {
	case 0:
		if (!rwmutex_try_rlock(&rw))
			return;
		break;
	case 1:
		if (!rwmutex_rlock_for(&rw, us(below(c, 30))))
			return;
		break;
	default:
		rwmutex_rlock(&rw);
	}
	must(pair[0] == pair[1]);
	if (below(c, 4) == 0)
		go_yield(); /* and may go on elsewhere */
	must(pair[0] == pair[1]);
	rwmutex_runlock(&rw);
}

static void write_pair(struct chance *c)
{
	switch (below(c, 6)) {
	case 0:
		if (!rwmutex_try_lock(&rw))
			return;
		break;
	case 1:
		if (!rwmutex_lock_for(&rw, us(below(c, 30))))
			return;
		break;
	default:
		rwmutex_lock(&rw);
	}
	pair[0]++;
	if (below(c, 4) == 0)
		go_yield();
	pair[1]++;
	writes++;
	rwmutex_unlock(&rw);
}

/* Semaphore and pool: a block for each permit. */

static struct sema permits;
static struct pool blocks = POOL(sizeof(uint32_t) * 8);
static uint32_t out;

static void use_block(struct chance *c, uint32_t mark)
{
	uint32_t n = 1 + below(c, PERMITS), *block[PERMITS];

	if (below(c, 3) == 0) {
		if (!sema_acquire_for(&permits, n, us(below(c, 40))))
			return;
	} else {
		sema_acquire(&permits, n);
	}
	must(__atomic_add_fetch(&out, n, __ATOMIC_RELAXED) <= PERMITS);
	for (uint32_t i = 0; i < n; i++) {
		must((block[i] = pool_get(&blocks)));
		block[i][0] = block[i][7] = mark * PERMITS + i;
	}
	if (below(c, 2))
		go_yield();
	for (uint32_t i = 0; i < n; i++) {
		must(block[i][0] == mark * PERMITS + i && block[i][7] == block[i][0]);
		pool_put(&blocks, block[i]);
	}
	__atomic_fetch_sub(&out, n, __ATOMIC_RELAXED);
	sema_release(&permits, n);
}

/* Cond. */

static struct mutex m;
static struct cond not_full, not_empty;
static uint32_t slot[SLOTS], used, first, seen[tally_words(VALUES)];

static void wait(struct chance *c, struct cond *cond)
{
	if (below(c, 3) == 0)
		cond_wait_for(cond, &m, us(below(c, 30)));
	else
		cond_wait(cond, &m);
}

static void wake(struct chance *c, struct cond *cond)
{
	if (below(c, 4) == 0)
		cond_broadcast(cond);
	else
		cond_signal(cond);
}

static void producer(uint32_t from)
{
	struct chance c = chance_of(100 + from);

	for (uint32_t v = from; v < VALUES; v += 2) {
		mutex_lock(&m);
		while (used == SLOTS)
			wait(&c, &not_full);
		slot[(first + used++) % SLOTS] = v;
		mutex_unlock(&m);
		wake(&c, &not_empty);
	}
}

static void consumer(uint32_t i)
{
	struct chance c = chance_of(200 + i);

	for (uint32_t n = 0; n < VALUES / 3; n++) {
		mutex_lock(&m);
		while (!used)
			wait(&c, &not_empty);
		tally(seen, slot[first], VALUES);
		first = (first + 1) % SLOTS;
		used--;
		wake(&c, &not_full);
		mutex_unlock(&m);
	}
}

static void user(uint32_t i)
{
	struct chance c = chance_of(i);

	for (unsigned n = 0; n < TIMES; n++) {
		if (i % 3)
			read_pair(&c);
		else
			write_pair(&c);
		if (n % 2)
			use_block(&c, i);
	}
}

static void work(void)
{
	struct waitgroup wg = {0};

	permits = (struct sema)SEMA(PERMITS);
	for (unsigned i = 0; i < tally_words(VALUES); i++)
		seen[i] = 0;
	for (uint32_t i = 0; i < USERS; i++)
		wg_go(&wg, user, i);
	for (uint32_t i = 0; i < 2; i++)
		wg_go(&wg, producer, i);
	for (uint32_t i = 0; i < 3; i++)
		wg_go(&wg, consumer, i);
	wg_wait(&wg);
	tally_full(seen, VALUES);
	must(used == 0 && out == 0 && sema_try_acquire(&permits, PERMITS));
	must(rwmutex_try_lock(&rw));
	must(pair[0] == writes && pair[1] == writes && writes > 0);
	rwmutex_unlock(&rw);
	pool_drain(&blocks);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	return stress_end(USERS + 5);
}

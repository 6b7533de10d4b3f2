/* Mutexes, waitgroups and once: a counter under a mutex is exact, nobody is inside twice, a mutex
 * may be unlocked by another goroutine, a waitgroup may be used again and may live on a waiter's
 * stack. */
#include "stress.h"

enum { ROUNDS = 4, USERS = 12, TIMES = 250, MUTEXES = 3 };

static struct guarded {
	struct mutex mutex;
	uint32_t inside, count, takers;
} guarded[MUTEXES];
static struct once once;
static uint32_t once_count;

static void first(void)
{
	go_yield();
	once_count++;
}

static bool take(struct chance *c, struct mutex *m)
{
	switch (below(c, 8)) {
	case 0:
		return mutex_try_lock(m);
	case 1:
		return mutex_lock_for(m, us(below(c, 30)));
	default:
		mutex_lock(m);
		return true;
	}
}

static void let_go(struct mutex *m, struct waitgroup *wg)
{
	mutex_unlock(m);
	wg_done(wg);
}

static void inside(struct chance *c, struct guarded *g)
{
	uint32_t before = g->count;

	must(g->inside++ == 0);
	if (below(c, 4) == 0)
		go_yield();
	if (below(c, 32) == 0)
		go_sleep(us(below(c, 20)));
	g->count = before + 1;
	must(--g->inside == 0);
}

static void user(uint32_t i)
{
	struct chance c = chance_of(i);

	for (unsigned n = 0; n < TIMES; n++) {
		struct guarded *g = &guarded[below(&c, MUTEXES)];
		struct waitgroup given = {0};

		if (!take(&c, &g->mutex))
			continue;
		inside(&c, g);
		__atomic_fetch_add(&g->takers, 1, __ATOMIC_RELAXED);
		if (below(&c, 8)) {
			mutex_unlock(&g->mutex);
			continue;
		}
		wg_add(&given, 1);
		go(let_go, &g->mutex, &given);
		wg_wait(&given); /* on this stack, and gone after this */
	}
	once_do(&once, first);
	must(once_count == 1);
}

static void waiter(struct waitgroup *users, uint32_t *left)
{
	wg_wait(users);
	must(users->waitq.word == 0);
	__atomic_fetch_sub(left, 1, __ATOMIC_RELAXED);
}

static void work(void)
{
	static struct waitgroup users, waiters;
	uint32_t left = 5;

	once = (struct once){0};
	once_count = 0;
	for (unsigned i = 0; i < USERS; i++)
		wg_go(&users, user, i);
	for (unsigned i = 0; i < 5; i++)
		wg_go(&waiters, waiter, &users, &left);
	wg_wait(&users);
	wg_wait(&waiters);
	must(left == 0);
	for (unsigned i = 0; i < MUTEXES; i++) {
		must(mutex_try_lock(&guarded[i].mutex));
		must(guarded[i].count == guarded[i].takers && guarded[i].count > 0);
		mutex_unlock(&guarded[i].mutex);
	}
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	return stress_end(2 * USERS + 5);
}

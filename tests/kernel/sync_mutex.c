/* Mutex: one at a time across cores and preemption, limits, unlock by another, and fairness
 * under hogs. */
#include "test.h"

enum { WORKERS = 8, TURNS = 300 };
static struct mutex m;
static unsigned inside; /* atomic */
static volatile unsigned count;

static void turn(void)
{
	check(__atomic_add_fetch(&inside, 1, __ATOMIC_RELAXED) == 1);
	count = count + 1;
	for (volatile int spin = 0; spin < 50; spin++)
		;
	__atomic_fetch_sub(&inside, 1, __ATOMIC_RELAXED);
}

static void worker(int i)
{
	for (int n = 0; n < TURNS; n++) {
		switch ((i + n) % 4) {
		case 0:
		case 1:
			mutex_lock(&m);
			break;
		case 2:
			while (!mutex_try_lock(&m))
				go_yield();
			break;
		default:
			while (!mutex_lock_for(&m, us(n % 50)))
				;
		}
		turn();
		if (n % 8 == 0)
			go_yield(); /* parks with the mutex held */
		mutex_unlock(&m);
	}
}

static void one_at_a_time(void)
{
	struct waitgroup wg = {0};

	for (int i = 0; i < WORKERS; i++)
		wg_go(&wg, worker, i);
	wg_wait(&wg);
	check(count == WORKERS * TURNS);
	check(mutex_try_lock(&m) && !mutex_try_lock(&m)); /* free, and nobody is left in its list */
	check(!m.waitq.first && !m.waitq.last);
	mutex_unlock(&m);
}

/* A critical section that outlives its slice is preempted, and still alone. */
static void slow(void)
{
	for (int i = 0; i < 3; i++) {
		go_time until;

		mutex_lock(&m);
		check(__atomic_add_fetch(&inside, 1, __ATOMIC_RELAXED) == 1);
		for (until = go_now() + ms(12); go_now() < until;)
			;
		__atomic_fetch_sub(&inside, 1, __ATOMIC_RELAXED);
		mutex_unlock(&m);
	}
}

static void preempted(void)
{
	struct waitgroup wg = {0};

	for (int i = 0; i < 4; i++)
		wg_go(&wg, slow);
	wg_wait(&wg);
}

static void unlock_later(void)
{
	go_sleep(us(300));
	mutex_unlock(&m); /* by another goroutine than the one that locked it */
}

static void limits(void)
{
	static const go_time none[] = {0, -1, INT64_MIN};

	mutex_lock(&m);
	for (int i = 0; i < 3; i++)
		check(!mutex_lock_for(&m, none[i]));
	for (go_time limit = us(1); limit < ms(5); limit *= 10) {
		go_time start = go_now();

		check(!mutex_lock_for(&m, limit));
		check(go_now() - start >= limit);
	}
	check(!mutex_try_lock(&m));
	mutex_unlock(&m);
	for (int i = 0; i < 3; i++) {
		check(mutex_lock_for(&m, none[i]));
		mutex_unlock(&m);
	}
	mutex_lock(&m);
	go(unlock_later);
	check(mutex_lock_for(&m, sec(1000)));
	go(unlock_later);
	check(mutex_lock_for(&m, GO_FOREVER));
	go(unlock_later);
	mutex_lock(&m);
	mutex_unlock(&m);
}

/* Hogs that lock again at once until every waiter has had its turns: ends only if the waiters
 * get them. */
static bool stop; /* atomic */

static void hog(void)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		mutex_lock(&m);
		turn();
		mutex_unlock(&m);
	}
}

static void waiter(bool timed)
{
	for (int i = 0; i < 5; i++) {
		if (timed)
			check(mutex_lock_for(&m, sec(1000)));
		else
			mutex_lock(&m);
		turn();
		mutex_unlock(&m);
		go_yield();
	}
}

static void fairness(void)
{
	struct waitgroup hogs = {0}, waiters = {0};

	for (unsigned i = 0; i <= go_cores(); i++)
		wg_go(&hogs, hog);
	for (int i = 0; i < 4; i++)
		wg_go(&waiters, waiter, i % 2);
	wg_wait(&waiters);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	wg_wait(&hogs);
}

/* Who has waited for over 1 ms is served next: the unlocker cannot take it again. */
static int order; /* under m */

static void wait_in_line(int i)
{
	mutex_lock(&m);
	check(order++ == i);
	mutex_unlock(&m);
}

static void handed_over(void)
{
	struct waitgroup wg = {0};

	mutex_lock(&m);
	order = 0;
	for (int i = 0; i < 5; i++) {
		struct go_waiter *last = m.waitq.last;

		wg_go(&wg, wait_in_line, i);
		while (__atomic_load_n(&m.waitq.last, __ATOMIC_RELAXED) == last)
			go_yield();
	}
	go_sleep(ms(2));
	mutex_unlock(&m);
	mutex_lock(&m);
	check(order > 0); /* the first in line was before us */
	mutex_unlock(&m);
	wg_wait(&wg);
	check(order == 5);
}

int main(void)
{
	one_at_a_time();
	preempted();
	limits();
	for (int i = 0; i < 10; i++)
		handed_over();
	fairness();
	return test_done();
}

/* Goroutines that only begin and end, and what nobody contends for. */
#include "bench.h"

enum { N = 20000, BATCH = 1000 };

static void empty(struct waitgroup *wg)
{
	wg_done(wg);
}

static void spawn_batch(void)
{
	struct waitgroup wg = {0};

	wg_add(&wg, BATCH);
	for (int i = 0; i < BATCH; i++)
		go(empty, &wg);
	wg_wait(&wg);
}

/* The first batch makes the stacks. */
static void spawn(void)
{
	go_time start;

	spawn_batch();
	start = begin();
	for (int i = 0; i < N / BATCH; i++)
		spawn_batch();
	report("spawn", start, N);
}

static void locks(void)
{
	static struct mutex m;
	go_time start = begin();

	for (int i = 0; i < N; i++) {
		mutex_lock(&m);
		mutex_unlock(&m);
	}
	report("mutex", start, N);
}

static void nothing(void)
{
}

static void once(void)
{
	static struct once o;
	go_time start;

	once_do(&o, nothing);
	start = begin();
	for (int i = 0; i < N; i++)
		once_do(&o, nothing);
	report("once", start, N);
}

/* Ten pairs in one turn of the loop, which so adds next to nothing. */
static void reads(void)
{
	static struct rwmutex rw;
	go_time start = begin();

	for (int i = 0; i < N; i++) {
#pragma GCC unroll 10
		for (int pair = 0; pair < 10; pair++) {
			rwmutex_rlock(&rw);
			rwmutex_runlock(&rw);
		}
	}
	report("rwmutex_read", start, 10 * N);
}

static void writes(void)
{
	static struct rwmutex rw;
	go_time start = begin();

	for (int i = 0; i < N; i++) {
		rwmutex_lock(&rw);
		rwmutex_unlock(&rw);
	}
	report("rwmutex_write", start, N);
}

static void sema(void)
{
	static struct sema s = SEMA(1);
	go_time start = begin();

	for (int i = 0; i < N; i++) {
		sema_acquire(&s, 1);
		sema_release(&s, 1);
	}
	report("sema", start, N);
}

static void pools(void)
{
	static struct pool p = POOL(100);
	go_time start;

	pool_put(&p, pool_get(&p));
	start = begin();
	for (int i = 0; i < N; i++) {
#pragma GCC unroll 10
		for (int pair = 0; pair < 10; pair++)
			pool_put(&p, pool_get(&p));
	}
	report("pool", start, 10 * N);
}

/* A signal, until the waiter runs; it has the mutex then, and its next wait is in it. */
static struct mutex cond_mutex;
static struct cond cond;
static go_time signalled, waking;

static void waiter(struct waitgroup *wg)
{
	mutex_lock(&cond_mutex);
	for (int i = 0; i < N; i++) {
		cond_wait(&cond, &cond_mutex);
		waking += go_now() - signalled;
	}
	mutex_unlock(&cond_mutex);
	wg_done(wg);
}

static void cond_wakes(void)
{
	struct waitgroup wg = {0};
	go_time start, clock = 0;

	for (int i = 0; i < N; i++) {
		start = go_now();
		clock += go_now() - start;
	}
	wg_add(&wg, 1);
	go(waiter, &wg);
	go_yield();
	for (int i = 0; i < N; i++) {
		signalled = go_now();
		cond_signal(&cond);
		go_yield();
	}
	wg_wait(&wg);
	report_tenths("cond_wake", (waking - clock) * 10 / N);
}

int main(void)
{
	go_maxprocs(1);
	if (room_for(BATCH) == BATCH)
		spawn();
	locks();
	once();
	reads();
	writes();
	sema();
	cond_wakes();
	pools();
}

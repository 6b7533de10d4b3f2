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
	start = go_now();
	for (int i = 0; i < N / BATCH; i++)
		spawn_batch();
	report("spawn", start, N);
}

static void locks(void)
{
	static struct mutex m;
	go_time start = go_now();

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
	start = go_now();
	for (int i = 0; i < N; i++)
		once_do(&o, nothing);
	report("once", start, N);
}

int main(void)
{
	go_maxprocs(1);
	if (room_for(BATCH) == BATCH)
		spawn();
	locks();
	once();
}

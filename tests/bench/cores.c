// test: icount=none cost=only
/* What passes between two cores, or between four, for tests/cost. Who does what is pinned to its
 * core, but for the tasks of spawn, which any core may take. */
#include "bench.h"

enum { N = 1200, CHEAP = 20, STEPS = 1000, HELD = 50 };
#define on(number, ...) go_with(go_attr(.core = number), __VA_ARGS__)

static struct waitgroup wg;
static volatile uint64_t sink;
static volatile bool stop;

static void task(uint64_t x)
{
	for (int i = 0; i < STEPS; i++)
		x = x * 6364136223846793005 + 1442695040888963407;
	sink = x;
	wg_done(&wg);
}

static void spawn(int n)
{
	wg_add(&wg, n);
	for (int i = 0; i < n; i++)
		go(task, (uint64_t)i);
	wg_wait(&wg);
}

static void done(void)
{
	wg_done(&wg);
}

/* A goroutine on another core, and the wait for its end: both cores sleep in between. */
static void remote(int n)
{
	for (int i = 0; i < n; i++) {
		wg_add(&wg, 1);
		on(1, done);
		wg_wait(&wg);
	}
}

static void echo(chan(long) to, chan(long) back)
{
	for (long v; chan_recv(to, &v);)
		chan_send(back, v);
	wg_done(&wg);
}

/* A value to another core and back. */
static void hand_off(int n)
{
	chan(long) to = chan_make(long, 0), back = chan_make(long, 0);

	wg_add(&wg, 1);
	on(1, echo, to, back);
	for (int i = 0; i < n; i++) {
		chan_send(to, i);
		chan_recv(back, NULL);
	}
	chan_close(to);
	stop = true;
	wg_wait(&wg);
	chan_free(to);
	chan_free(back);
}

static void yielder(void)
{
	while (!stop)
		go_yield();
	wg_done(&wg);
}

/* The same while both cores have something else to do, so that neither sleeps. */
static void hand_off_busy(int n)
{
	stop = false;
	wg_add(&wg, 2);
	on(0, yielder);
	on(1, yielder);
	hand_off(n);
}

static void sink_all(chan(long) c)
{
	for (long v; chan_recv(c, &v);)
		sink = (uint64_t)v;
	wg_done(&wg);
}

static void stream(int n)
{
	chan(long) c = chan_make(long, 128);

	wg_add(&wg, 1);
	on(1, sink_all, c);
	for (int i = 0; i < n; i++)
		chan_send(c, i);
	chan_close(c);
	wg_wait(&wg);
	chan_free(c);
}

static void locker(int turns)
{
	static struct mutex m;

	for (; turns; turns--) {
		mutex_lock(&m);
		for (int i = 0; i < HELD; i++)
			sink++;
		mutex_unlock(&m);
	}
	wg_done(&wg);
}

/* A mutex that four cores want all the time. */
static void mutex_four(int n)
{
	wg_add(&wg, 4);
	for (int core = 0; core < 4; core++)
		on(core, locker, n / 4);
	wg_wait(&wg);
}

static void reader(struct rwmutex *rw, int turns)
{
	for (; turns; turns--) {
		rwmutex_rlock(rw);
		rwmutex_runlock(rw);
	}
	wg_done(&wg);
}

static void rwmutex_four(int n)
{
	static struct rwmutex rw;

	wg_add(&wg, 4);
	for (int core = 0; core < 4; core++)
		on(core, reader, &rw, n / 4);
	wg_wait(&wg);
}

static void doner(struct waitgroup *group, int turns)
{
	for (; turns; turns--)
		wg_done(group);
	wg_done(&wg);
}

static void waitgroup_four(int n)
{
	struct waitgroup group = {0};

	wg_add(&group, n);
	wg_add(&wg, 4);
	for (int core = 0; core < 4; core++)
		on(core, doner, &group, n / 4);
	wg_wait(&group);
	wg_wait(&wg);
}

static void feeder(chan(long) c, int turns)
{
	for (; turns; turns--)
		chan_send(c, 1L);
	wg_done(&wg);
}

/* A select on one core over three channels, each fed by a core of its own. */
static void select_three(int n)
{
	chan(long) c[3];

	wg_add(&wg, 3);
	for (int i = 0; i < 3; i++) {
		c[i] = chan_make(long, 0);
		on(i + 1, feeder, c[i], n / 3);
	}
	for (int i = 0; i < n / 3 * 3; i++)
		chan_select(on_recv(c[0], NULL), on_recv(c[1], NULL), on_recv(c[2], NULL));
	wg_wait(&wg);
	for (int i = 0; i < 3; i++)
		chan_free(c[i]);
}

static void waiter(chan(go_time) moment)
{
	chan_recv(moment, NULL);
	wg_done(&wg);
}

/* A timer of this core wakes a goroutine of another one. */
static void timer_elsewhere(int n)
{
	struct timer t = {0};

	for (; n; n--) {
		timer_reset(&t, us(1));
		wg_add(&wg, 1);
		on(1, waiter, t.c);
		wg_wait(&wg);
	}
}

/* Once so that all memory is there, and then measured. */
static void measure(const char *name, void (*operation)(int), int n)
{
	go_time start;

	operation(n);
	start = begin();
	operation(n);
	report(name, start, n);
}

static void drive(chan(void) over)
{
	int most = N; /* at once */

	while (room_for(most) < most)
		most /= 2;
	if (go_maxprocs(0) == 2) {
		measure("spawn_2", spawn, most);
		measure("remote", remote, N);
		measure("hand_off", hand_off, N);
		measure("hand_off_busy", hand_off_busy, N);
		measure("stream", stream, CHEAP * N);
		measure("timer_elsewhere", timer_elsewhere, N);
	} else {
		measure("spawn_4", spawn, most);
		measure("mutex_4", mutex_four, CHEAP * N);
		measure("rwmutex_read_4", rwmutex_four, CHEAP * N);
		measure("waitgroup_4", waitgroup_four, CHEAP * N);
		measure("select_3", select_three, N);
	}
	chan_close(over);
}

int main(void)
{
	chan(void) over = chan_make(void, 0);

	on(0, drive, over);
	chan_recv(over, NULL);
}

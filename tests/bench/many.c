// test: mem=1G boards=mps2-an521,virt-aarch64,virt-riscv32,virt-riscv64
/* What an operation costs among many: beside goroutines that are parked, among timers that others
 * have armed, for each case of a select, for each waiter of a close, and for each goroutine of a
 * search for leaks. The numbers in the names say how many. */
#include "bench.h"

enum { N = 1000, FEW = 10, BATCH = 100, CASES = 512 };

static const go_time far = sec(100000);
static unsigned waiting;

/* Tenths of an instruction for each of n operations that have run since start. */
static void report_each(const char *operation, unsigned among, go_time start, unsigned n)
{
	go_time tenths = ((go_now() - start) * 10 + n / 2) / n;

	kprintf("%s_%u\t%lld.%lld\n", operation, among, (long long)tenths / 10,
	        (long long)tenths % 10);
}

static void waiter(chan(void) c)
{
	waiting++;
	chan_recv(c, NULL);
	waiting--;
}

/* Sleeps, in most orders of the deadlines, until c is closed. */
static void waiter_with_limit(chan(void) c)
{
	unsigned i = waiting++;

	chan_recv_for(c, NULL, far + us(1) * (i * 7919u % 100003));
	waiting--;
}

static void gather(void (*f)(chan(void)), chan(void) c, unsigned n)
{
	waiting = 0;
	for (unsigned i = 0; i < n; i++)
		go_with(go_attr(.stack = 2048), f, c);
	while (waiting < n)
		go_yield();
}

static void scatter(chan(void) c)
{
	chan_close(c);
	while (waiting)
		go_yield();
	chan_free(c);
}

static void yielder(void)
{
	for (int i = 0; i < N; i++)
		go_yield();
}

static go_time yield_all(void)
{
	go_time start;

	go(yielder);
	start = go_now();
	for (int i = 0; i < N; i++)
		go_yield();
	return start;
}

static void yields(unsigned among)
{
	go_time start = yield_all();

	report_each("yield_parked", among, start, 2 * N);
	go_yield();
}

static void sender(chan(long) c)
{
	for (long i = 0; i < N; i++)
		chan_send(c, i);
}

static go_time receives(go_time limit)
{
	chan(long) c = chan_make(long, 0);
	go_time start;
	long v;

	go(sender, c);
	start = go_now();
	for (int i = 0; i < N; i++)
		if (limit)
			chan_recv_for(c, &v, limit);
		else
			chan_recv(c, &v);
	chan_free(c);
	return start;
}

static void empty(struct waitgroup *done)
{
	wg_done(done);
}

static void spawn_batch(void)
{
	struct waitgroup done = {0};

	wg_add(&done, BATCH);
	for (int i = 0; i < BATCH; i++)
		go(empty, &done);
	wg_wait(&done);
}

static void spawns(unsigned among)
{
	go_time start;

	spawn_batch(); /* makes the stacks */
	start = go_now();
	spawn_batch();
	report_each("spawn_parked", among, start, BATCH);
}

static void beside(unsigned n)
{
	chan(void) c = chan_make(void, 0);

	gather(waiter, c, n);
	yields(n);
	report_each("chan_unbuf_parked", n, receives(0), N);
	spawns(n);
	scatter(c);
}

/* A wait whose limit comes before those of all others, and is over in time. */
static void among_timers(unsigned n)
{
	chan(void) c = chan_make(void, 0);

	gather(waiter_with_limit, c, n);
	report_each("recv_for_timers", n, receives(sec(1)), N);
	scatter(c);
}

static chan(long) channels[CASES];

static void sender_to_any(unsigned n)
{
	for (unsigned i = 0; i < N / 4; i++)
		chan_send(channels[i * 61 % n], 1);
}

/* For each case of a select that waits. */
static void selects(unsigned n)
{
	static struct chan_case cases[CASES];
	go_time start;
	long v;

	for (unsigned i = 0; i < n; i++)
		cases[i] = on_recv(channels[i], &v);
	go(sender_to_any, n);
	start = go_now();
	for (unsigned i = 0; i < N / 4; i++)
		chan_select_array(cases, n, GO_FOREVER);
	report_each("select_case", n, start, N / 4 * n);
}

/* For each waiter, until the last of them has run. */
static void closes(unsigned n)
{
	chan(void) c = chan_make(void, 0);
	go_time start;

	gather(waiter, c, n);
	start = go_now();
	chan_close(c);
	while (waiting)
		go_yield();
	report_each("close_waiter", n, start, n);
	chan_free(c);
}

static go_time leaks(unsigned n)
{
	chan(void) c = chan_make(void, 0);
	go_time start;

	gather(waiter, c, n);
	start = go_now();
	must(!go_leaks(), "go_leaks");
	start = go_now() - start;
	scatter(c);
	return start;
}

int main(void)
{
	unsigned most = room_for(100000) == 100000 ? 100000 : 1000;
	unsigned many = most < 10000 ? most : 10000;

	go_maxprocs(1);
	for (unsigned i = 0; i < CASES; i++)
		channels[i] = chan_make(long, 0);
	beside(FEW);
	beside(most);
	among_timers(FEW);
	among_timers(most);
	for (unsigned n = 8; n <= CASES; n *= 8)
		selects(n);
	closes(FEW);
	closes(many);
	report_tenths("leaks_goroutine", (leaks(many) - leaks(FEW)) * 10 / (many - FEW));
}

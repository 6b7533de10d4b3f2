/* CHECK=1: goroutines that wait for each other's mutexes are reported when the last one waits, though others run on.
 * What looks like a cycle and is none is not reported. */
// test: check=1 cores=1,4 args=two match='(?s)^mutexes: unless.*\n    goroutine (\d+) waits for mutex (0x\w+), which goroutine (\d+) has locked\n    goroutine \3 waits for mutex 0x\w+, which goroutine \1 has locked\n\ngoroutine \1 "thinker" \[running.*by 0x\w+ philosopher\+.*\ngoroutine \3 "thinker" \[.*\[end\]'
// test: check=1 cores=1,4 args=many boards=virt-aarch64 match='(?s)mutexes: unless[^\n]*\n(    goroutine \d+ waits for mutex 0x\w+, which goroutine \d+ has locked\n){20}\n'
// test: check=1 cores=1 args=itself boards=virt-aarch64 expect=70 match='(?s)^    goroutine 1 waits for mutex 0x\w+, which goroutine 1 has locked\n\n.*^panic: deadlock'
// test: check=1 cores=1 args=once boards=virt-aarch64 expect=70 match='(?s)^    goroutine 1 waits for mutex 0x\w+, which goroutine 1 has locked\n\n.*^panic: deadlock'
// test: check=1 cores=1,4 match='\A(?s:(?!.*mutexes:))'
#include <string.h>
#include "device.h"
#include "sched/g.h"
#include "test.h"

enum { MANY = 20, ROUNDS = 200 };

static struct mutex mutexes[MANY];
static struct waitgroup locked, done;

/* Locks one mutex, and when all others have, the next one. */
static void philosopher(unsigned i, unsigned n)
{
	mutex_lock(&mutexes[i]);
	wg_done(&locked);
	wg_wait(&locked);
	mutex_lock(&mutexes[(i + 1) % n]);
	mutex_unlock(&mutexes[(i + 1) % n]);
	if (i)
		mutex_unlock(&mutexes[i]);
	wg_done(&done);
}

/* Waits for one of the ring, and is not of it. */
static void outsider(void)
{
	mutex_lock(&mutexes[1]);
	mutex_unlock(&mutexes[1]);
	wg_done(&done);
}

static void ring(unsigned n)
{
	wg_add(&locked, (int)n);
	wg_add(&done, (int)n);
	for (unsigned i = 0; i < n; i++)
		go_with(go_attr(.name = "thinker"), philosopher, i, n);
	for (unsigned waiting = 0; waiting < n;) { /* meanwhile main runs */
		waiting = 0;
		for (struct g *g = g_next(0); g; g = g_next(g))
			waiting += *(volatile int8_t *)&g->why == G_MUTEX;
	}
	wg_add(&done, 1);
	go(outsider);
	for (bool waits = false; !waits;) {
		unsigned waiting = 0;

		for (struct g *g = g_next(0); g; g = g_next(g))
			waiting += *(volatile int8_t *)&g->why == G_MUTEX;
		waits = waiting == n + 1;
		go_yield();
	}
	check(go_count() == n + 2);
	mutex_unlock(&mutexes[0]); /* the other goroutine, for whose sake it is no panic */
	wg_wait(&done);
	kprintf("[end]\n");
}

static struct once once;

static void again(void)
{
	once_do(&once, again);
}

/* Two cross, but one of them has a limit. */
static void limited(void)
{
	mutex_lock(&mutexes[1]);
	wg_done(&locked);
	check(!mutex_lock_for(&mutexes[0], ms(5)));
	mutex_unlock(&mutexes[1]);
	wg_done(&done);
}

static void a_limit(void)
{
	mutex_lock(&mutexes[0]);
	wg_add(&locked, 1);
	wg_add(&done, 1);
	go(limited);
	wg_wait(&locked);
	mutex_lock(&mutexes[1]);
	wg_wait(&done);
	mutex_unlock(&mutexes[1]);
	mutex_unlock(&mutexes[0]);
}

/* A goroutine ends with a mutex locked, and another one with the same g waits for main. */
static void ends(void)
{
	mutex_lock(&mutexes[2]);
	wg_done(&done);
}

static void waits(struct waitgroup *begun)
{
	wg_done(begun);
	mutex_lock(&mutexes[3]);
	mutex_unlock(&mutexes[3]);
	mutex_unlock(&mutexes[2]);
	wg_done(&done);
}

static void unlock_later(void)
{
	go_sleep(ms(2));
	mutex_unlock(&mutexes[3]);
}

static void a_g_again(void)
{
	struct waitgroup begun = {0};

	mutex_lock(&mutexes[3]);
	wg_add(&done, 1);
	go(ends);
	wg_wait(&done);
	while (go_count() != 1)
		go_yield();
	wg_add(&done, 1);
	wg_add(&begun, 1);
	go(waits, &begun);
	wg_wait(&begun);
	go(unlock_later);
	mutex_lock(&mutexes[2]); /* locked by nobody who lives */
	wg_wait(&done);
	mutex_unlock(&mutexes[2]);
}

/* A handler's mutex is not that of the goroutine it interrupts: main waits for it, and another one for
 * main. */
static void handler(void *taken)
{
	device_drop();
	if (mutex_try_lock(&mutexes[4]))
		__atomic_store_n((uint32_t *)taken, 1, __ATOMIC_RELEASE);
}

static void unlock_handlers(void)
{
	go_sleep(ms(2));
	mutex_unlock(&mutexes[4]);
}

static void a_handler(void)
{
	static uint32_t taken;

	irq_attach(DEVICE_LINE, handler, &taken, 0);
	kprintf("the device has sent something\n");
	device_raise();
	while (!__atomic_load_n(&taken, __ATOMIC_ACQUIRE))
		;
	irq_detach(DEVICE_LINE);
	go(unlock_handlers);
	mutex_lock(&mutexes[4]);
	mutex_unlock(&mutexes[4]);
}

/* In one order, by many, and handed from one to the other. */
static void in_order(unsigned seed)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned low = seed % 6, high = low + 1 + seed / 8 % 4;

		seed = seed * 1664525 + 1013904223;
		mutex_lock(&mutexes[low]);
		mutex_lock(&mutexes[high]);
		if (i % 16 == 0)
			go_yield();
		mutex_unlock(&mutexes[low]);
		mutex_unlock(&mutexes[high]);
	}
	wg_done(&done);
}

static void many_in_order(void)
{
	wg_add(&done, MANY);
	for (unsigned i = 0; i < MANY; i++)
		go(in_order, i * 77);
	wg_wait(&done);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "two")) {
		ring(2);
	} else if (!strcmp(what, "many")) {
		ring(MANY);
	} else if (!strcmp(what, "itself")) {
		mutex_lock(&mutexes[0]);
		mutex_lock(&mutexes[0]);
	} else if (!strcmp(what, "once")) {
		once_do(&once, again);
	} else {
		a_limit();
		a_g_again();
		a_handler();
		many_in_order();
	}
	return test_done();
}

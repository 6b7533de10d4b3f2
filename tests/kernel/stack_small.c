/* 200 goroutines on the smallest stacks, or as many as there is room for, do all that a goroutine
 * does, preempted meanwhile, and stay within them. */
// test: cores=1,4
#include "base/atomic.h"
#include "sched/core.h"
#include "memory/mem.h"
#include "test.h"

enum { MOST = 200, ROUNDS = 20 };

static chan(unsigned) ring[MOST], never;
static struct mutex mutex;
static struct waitgroup done;
static unsigned counted; /* guarded by mutex */
static unsigned n, most; /* members; atomic: bytes used of a stack */

static void child(unsigned *count, struct waitgroup *wg)
{
	fetch_add_relaxed(count, 1);
	wg_done(wg);
}

/* Some slices' worth, so that it is preempted too. */
static unsigned compute(unsigned x)
{
	for (unsigned i = 0; i < 1000; i++)
		x = x * 1664525 + 1013904223;
	return x;
}

static void look(void)
{
	unsigned used = g_high_water(arch_self());

	check(g_intact(arch_self()));
	if (used > load_relaxed(&most))
		store_relaxed(&most, used);
}

static void member(unsigned me)
{
	struct waitgroup children = {0};
	unsigned v, next = (me + 1) % n, own = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		v = compute(i);
		if (chan_select(on_send(ring[next], v), on_recv(ring[me], &v)) == 0)
			check(chan_recv(ring[me], &v));
		else
			chan_send(ring[next], v);
		mutex_lock(&mutex);
		counted++;
		mutex_unlock(&mutex);
		check(chan_recv_for(never, &v, us(10)) == CHAN_NOT_READY);
		wg_add(&children, 1);
		go_with(go_attr(.stack = CONFIG_STACK_MIN), child, &own, &children);
		go_yield();
		wg_wait(&children);
	}
	check(load_relaxed(&own) == ROUNDS);
	look();
	wg_done(&done);
}

int main(void)
{
	size_t before = mem_free_bytes();

	/* each with a child */
	n = before / (2 * CONFIG_STACK_MIN + 512);
	n = n < MOST ? n : MOST;
	check(n >= 50);
	never = chan_make(unsigned, 0);
	for (unsigned i = 0; i < n; i++)
		ring[i] = chan_make(unsigned, 2);
	before -= mem_free_bytes();
	kprintf("%u members, %u bytes for their channels\n", n, (unsigned)before);
	before = mem_free_bytes();
	wg_add(&done, n);
	for (unsigned i = 0; i < n; i++)
		go_with(go_attr(.stack = CONFIG_STACK_MIN), member, i);
	wg_wait(&done);
	check(counted == n * ROUNDS);
	check(load_relaxed(&most) < CONFIG_STACK_MIN);
	kprintf("at most %u of %u bytes used, %u bytes of RAM in all\n", load_relaxed(&most),
	        CONFIG_STACK_MIN, (unsigned)(before - mem_free_bytes()));
	return test_done();
}

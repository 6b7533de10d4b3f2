// test: boards=virt-aarch64,virt-riscv64,mps2-an521 cores=1,4 check=0
// test: boards=virt-aarch64 cores=4 check=1
/* go_leaks: known leaks are found, each kind of wait and nothing else; and a goroutine is no leak
 * while one pointer is left that leads to what it waits on, wherever that pointer lies. What leaks
 * here is made on a goroutine of its own, which ends, and no call is inlined: so no stale word of
 * main leads to it. */
#pragma GCC optimize("no-inline")
#include <stdlib.h>
#include <string.h>
#include "device.h"
#include "sched/core.h"
#include "sched/sched.h"
#include "test.h"

enum { HIDDEN = -1 }; /* xor this, a pointer is none */

struct things {
	chan(void *) c, d;
	struct chan_case cases[2];
	struct mutex mutex;
	struct rwmutex rwmutex;
	struct cond cond;
	struct waitgroup wg;
	struct sema sema;
};

/* Waits until n goroutines wait, and no other is left but main. Looks only, so nobody is woken. */
static void await_waiting(unsigned n)
{
	unsigned waiting;

	do {
		go_sleep(us(100));
		waiting = 0;
		for (struct g *g = g_next(0); g; g = g_next(g))
			waiting += *(volatile uint8_t *)&g->why > G_RUNNABLE;
	} while (waiting != n || go_count() != n + 1);
}

/* The ways to wait. */

static void receives(struct things *t)
{
	chan(void *) c = t->c;

	chan_recv(c, NULL);
}

static void sends(struct things *t)
{
	chan_send(t->c, NULL);
}

static void selects(struct things *t)
{
	chan_select(on_recv(t->c, NULL), on_send(t->d, NULL));
}

static void selects_array(struct things *t)
{
	t->cases[0] = on_recv(t->c, NULL);
	t->cases[1] = on_recv(t->d, NULL);
	chan_select_array(t->cases, 2, GO_FOREVER);
}

static void locks(struct things *t)
{
	mutex_lock(&t->mutex);
}

static void reads(struct things *t)
{
	rwmutex_rlock(&t->rwmutex);
}

/* Waits for a reader to leave. */
static void writes(struct things *t)
{
	rwmutex_lock(&t->rwmutex);
}

static void waits_for_cond(struct things *t)
{
	mutex_lock(&t->mutex);
	cond_wait(&t->cond, &t->mutex);
}

static void waits_for_group(struct things *t)
{
	wg_wait(&t->wg);
}

static void acquires(struct things *t)
{
	sema_acquire(&t->sema, 1);
}

static const struct way {
	const char *name;
	void (*wait)(struct things *);
	bool locked, write_locked, read_locked;
} ways[] = {
    {.name = "receive", .wait = receives},
    {.name = "send", .wait = sends},
    {.name = "select", .wait = selects},
    {.name = "select of an array", .wait = selects_array},
    {.name = "mutex", .wait = locks, .locked = true},
    {.name = "reader", .wait = reads, .write_locked = true},
    {.name = "writer", .wait = writes, .read_locked = true},
    {.name = "cond", .wait = waits_for_cond},
    {.name = "waitgroup", .wait = waits_for_group},
    {.name = "semaphore", .wait = acquires},
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static struct things *make(const struct way *way)
{
	struct things *t = calloc(1, sizeof(*t));

	t->c = chan_make(void *, 0);
	t->d = chan_make(void *, 0);
	wg_add(&t->wg, 1);
	if (way->locked)
		mutex_lock(&t->mutex);
	if (way->write_locked)
		rwmutex_lock(&t->rwmutex);
	if (way->read_locked)
		rwmutex_rlock(&t->rwmutex);
	return t;
}

/* Lets one goroutine that waits in this way go on, and wait no more. */
static void release(const struct way *way, struct things *t)
{
	if (way->locked)
		mutex_unlock(&t->mutex);
	if (way->write_locked)
		rwmutex_unlock(&t->rwmutex);
	if (way->read_locked)
		rwmutex_runlock(&t->rwmutex);
	chan_try_send(t->c, NULL);
	chan_try_recv(t->c, NULL);
	cond_signal(&t->cond);
	wg_done(&t->wg);
	sema_release(&t->sema, 1);
}

/* Starts a goroutine that waits in each way, and keeps all pointers to what they wait on where the
 * search does not see them. */
static uintptr_t hidden[WAYS];

static void make_all(struct waitgroup *made)
{
	for (unsigned i = 0; i < WAYS; i++) {
		struct things *t = make(&ways[i]);

		hidden[i] = (uintptr_t)t ^ HIDDEN;
		go(ways[i].wait, t);
	}
	wg_done(made);
}

static struct things *revealed(unsigned i)
{
	return (struct things *)(hidden[i] ^ HIDDEN);
}

static void test_ways(void)
{
	struct waitgroup made = {0};

	wg_add(&made, 1);
	go_with(go_attr(.stack = 4096), make_all, &made);
	wg_wait(&made);
	await_waiting(WAYS);
	check(go_leaks() == WAYS);
}

/* One of them is reached from a place that `hold` fills: then all but it are leaks. */
static void test_place(const char *place, unsigned way, void (*hold)(uintptr_t hidden_pointer),
                       void (*drop)(void))
{
	size_t n;

	hold(hidden[way]);
	n = go_leaks();
	if (!check(n == WAYS - 1))
		kprintf("%s, %s: %zu leaks\n", place, ways[way].name, n);
	drop();
}

/* A variable. */

static void *volatile variable;

static void in_variable(uintptr_t p)
{
	variable = (void *)(p ^ HIDDEN);
}

static void drop_variable(void)
{
	variable = NULL;
}

/* A block of malloc, behind another one, and in its midst. */

struct block {
	char before[40];
	void *p;
};

static void in_block(uintptr_t p)
{
	struct block *outer = malloc(sizeof(*outer)), *inner = malloc(sizeof(*inner));

	outer->p = inner->before + 8;
	inner->p = (void *)(p ^ HIDDEN);
	variable = &outer->p;
}

static void drop_block(void)
{
	struct block *outer = (struct block *)((char *)variable - offsetof(struct block, p));
	struct block *inner = (struct block *)((char *)outer->p - 8);

	variable = inner->p = outer->p = NULL;
	free(inner);
	free(outer);
}

/* The buffer of a channel. */

static void in_channel(uintptr_t p)
{
	chan(void *) c = chan_make(void *, 1);

	chan_send(c, (void *)(p ^ HIDDEN));
	variable = c;
}

static void drop_channel(void)
{
	chan(void *) c = variable;

	variable = NULL;
	chan_recv(c, NULL);
	chan_send(c, NULL); /* overwrites what was there */
	chan_free(c);
}

/* A timer that nothing else leads to. */

static uintptr_t hidden_timer;

static void never(void *arg)
{
	(void)arg;
}

static void in_timer(uintptr_t p)
{
	struct timer *t = calloc(1, sizeof(*t));

	timer_after(t, sec(3600), never, (void *)(p ^ HIDDEN));
	hidden_timer = (uintptr_t)t ^ HIDDEN;
}

static void drop_timer(void)
{
	struct timer *t = (struct timer *)(hidden_timer ^ HIDDEN);

	timer_stop(t);
	memset(t, 0, sizeof(*t));
	free(t);
}

/* The stack of a goroutine that sleeps. */

static chan(void) wake;

static void hold_on_stack(uintptr_t p, struct waitgroup *ends)
{
	void *volatile on_stack = (void *)(p ^ HIDDEN);

	chan_recv_for(wake, NULL, sec(3600));
	on_stack = NULL;
	(void)on_stack;
	wg_done(ends);
}

static struct waitgroup ends;

static void on_stack(uintptr_t p)
{
	wg_add(&ends, 1);
	go(hold_on_stack, p, &ends);
	await_waiting(WAYS + 1);
}

static void drop_stack(void)
{
	chan_send(wake);
	wg_wait(&ends);
}

/* A register of a goroutine that runs, or on one core was preempted. */

static uint32_t holds, go_on; /* atomic */

static void hold_in_register(uintptr_t p)
{
	uintptr_t pointer = p ^ HIDDEN;

	__atomic_store_n(&go_on, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&holds, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&go_on, __ATOMIC_RELAXED))
		__asm__ volatile("" : "+r"(pointer));
	__atomic_store_n(&holds, 0, __ATOMIC_RELEASE);
}

static void await_holds(uint32_t value)
{
	while (__atomic_load_n(&holds, __ATOMIC_ACQUIRE) != value)
		go_sleep(us(10));
}

static void in_register(uintptr_t p)
{
	go(hold_in_register, p);
	await_holds(1);
}

static void drop_register(void)
{
	__atomic_store_n(&go_on, 1, __ATOMIC_RELAXED);
	await_holds(0);
}

/* What a handler is given. */

static void handler(void *arg)
{
	(void)arg;
}

static void in_handler(uintptr_t p)
{
	irq_attach(DEVICE_LINE, handler, (void *)(p ^ HIDDEN), IRQ_FEEDS);
}

static void drop_handler(void)
{
	irq_detach(DEVICE_LINE);
}

/* A goroutine that waits with a limit is no leak, nor one that waits on its stack, of which another
 * goroutine knows. One that waits for nothing is a leak. */

static uintptr_t hidden_limited;

static void waits_with_limit(void)
{
	chan(int) c = chan_make(int, 0);

	hidden_limited = (uintptr_t)c ^ HIDDEN;
	chan_recv_for(c, NULL, sec(3600));
}

static void ends_group(struct waitgroup *wg)
{
	chan_recv_for(wake, NULL, sec(3600));
	wg_done(wg);
}

static void waits_on_own_stack(void)
{
	struct waitgroup wg = {0};

	wg_add(&wg, 1);
	go(ends_group, &wg);
	wg_wait(&wg);
}

static void waits_for_nothing(void)
{
	chan_select();
}

static void test_others(void)
{
	go(waits_with_limit);
	go(waits_on_own_stack);
	await_waiting(WAYS + 3);
	check(go_leaks() == WAYS);
	chan_send(wake);
	chan_send((chan(int))(hidden_limited ^ HIDDEN), 0);
	await_waiting(WAYS);
	go(waits_for_nothing);
	await_waiting(WAYS + 1);
	check(go_leaks() == WAYS + 1);
}

/* Leaks can be woken, after all, by a pointer that was hidden. */
static void test_release(void)
{
	for (unsigned i = 0; i < WAYS; i++)
		release(&ways[i], revealed(i));
	await_waiting(1);
	check(go_leaks() == 1);
}

/* Several look at the same time: they wait for each other, and are no leaks. */
static void look(void)
{
	check(go_leaks() == 0);
}

static void test_at_once(void)
{
	struct waitgroup looks = {0};

	for (unsigned i = 0; i < 4; i++)
		wg_go(&looks, look);
	wg_wait(&looks);
}

int main(void)
{
	test_at_once();
	wake = chan_make(void, 0);
	test_ways();
	for (unsigned way = 0; way < WAYS; way++)
		test_place("variable", way, in_variable, drop_variable);
	test_place("block", 0, in_block, drop_block);
	test_place("channel", 1, in_channel, drop_channel);
	test_place("timer", 2, in_timer, drop_timer);
	test_place("stack", 3, on_stack, drop_stack);
	test_place("register", 4, in_register, drop_register);
	test_place("handler", 5, in_handler, drop_handler);
	test_others();
	test_release();
	return test_done();
}

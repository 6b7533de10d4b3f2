/* Every call may be made with any amount of mapped stack below it: here each call is made with the
 * stack pointer at each place above the end of the first page, so that the stack grows at each place
 * in the call where it can. CHECK=1 panics when that happens under a lock. */
// test: check=0,1 cores=1,2 boards=virt-aarch64,virt-riscv64
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "memory/pages.h"
#include "sched/core.h"
#include "test.h"

enum { DEEPEST = 1024, STEP = 16 };

static chan(int) ints;
static chan(void *) words;
static struct mutex mutex;
static struct rwmutex rw;
static struct sema sema = SEMA(4);
static struct cond cond;
static struct waitgroup done, other;
static struct spinlock spin;
static struct pool pool = POOL(40);
static unsigned calls;

static void nothing(void)
{
}

static void word_in_buffer(void)
{
	void *got;

	chan_send(words, &got);
	check(chan_recv(words, &got) && got);
}

static void int_in_buffer(void)
{
	int got;

	chan_send(ints, 3);
	check(chan_recv(ints, &got) && got == 3);
	check(chan_try_send(ints, 4) == CHAN_OK && chan_try_recv(ints, &got) == CHAN_OK &&
	      got == 4);
}

static void send_one(chan(int) c)
{
	chan_send(c, 5);
	wg_done(&other);
}

static void unbuffered(void)
{
	chan(int) c = chan_make(int, 0);
	int got;

	wg_add(&other, 1);
	go(send_one, c);
	check(chan_recv(c, &got) && got == 5);
	wg_wait(&other);
	chan_close(c);
	check(!chan_recv(c, &got));
	chan_free(c);
}

static void timed_receive(void)
{
	int got;

	check(chan_recv_for(ints, &got, us(1)) == CHAN_NOT_READY);
}

static void selects(void)
{
	int got;
	void *word;

	check(chan_select_for(us(1), on_recv(ints, &got), on_recv(words, &word)) == -1);
	check(chan_select(on_send(ints, 6), on_recv(words, &word)) == 0);
	check(chan_select(on_recv(ints, &got), on_recv(words, &word)) == 0 && got == 6);
}

static void locks(void)
{
	mutex_lock(&mutex);
	check(!mutex_lock_for(&mutex, us(1)));
	mutex_unlock(&mutex);
	rwmutex_lock(&rw);
	rwmutex_unlock(&rw);
	rwmutex_rlock(&rw);
	rwmutex_runlock(&rw);
	sema_acquire(&sema, 4);
	check(!sema_acquire_for(&sema, 1, us(1)));
	sema_release(&sema, 4);
	mutex_lock(&mutex);
	check(!cond_wait_for(&cond, &mutex, us(1)));
	cond_signal(&cond);
	cond_broadcast(&cond);
	mutex_unlock(&mutex);
}

static void under_spin_lock(void)
{
	spin_lock(&spin);
	check(chan_try_send(ints, 1) == CHAN_OK);
	kprintf("under a spin_lock\n");
	spin_unlock(&spin);
	check(chan_try_recv(ints, NULL) == CHAN_OK);
}

static void starts(void)
{
	wg_add(&other, 1);
	go(wg_done, &other);
	wg_wait(&other);
	check(go_try(nothing));
	go_with(go_attr(.stack = 8192), nothing);
	go_with(go_attr(.stack = 1024), nothing);
	wg_go(&other, nothing);
	wg_wait(&other);
}

static void timers(void)
{
	struct timer t = {0};

	timer_after(&t, sec(9), (void (*)(void *))nothing, NULL);
	check(timer_reset(&t, sec(8)));
	check(timer_stop(&t));
	go_sleep(us(1));
	check(chan_recv(go_after(us(1)), NULL));
}

static void memory(void)
{
	void *p = malloc(100), *q = pool_get(&pool);

	check(p && q);
	free(p);
	pool_put(&pool, q);
	errno = 3;
}

static void prints(void)
{
	char text[8];

	kprintf("%s\n", "line");
	snprintf(text, sizeof(text), "%d", 12345);
	check(!strcmp(text, "12345"));
}

static void others(void)
{
	struct go_stats stats = go_stats_read();

	check(stats.cores == go_cores());
	go_yield();
	go_preempt_off();
	go_preempt_on();
	go_name("edge");
	check(go_maxprocs(0) && go_count());
}

static void (*const call[])(void) = {word_in_buffer, int_in_buffer, unbuffered,      timed_receive,
                                     selects,        locks,         under_spin_lock, starts,
                                     timers,         memory,        prints,          others,
                                     nothing /* and then the goroutine ends */};

/* Goes down to `left` bytes above the end of the first page, and calls. */
static void at_edge(unsigned i, unsigned left)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t to = arch_self()->stack + left;
	volatile char *pad = __builtin_alloca(here > to + 64 ? here - to - 64 : 16);

	pad[0] = 1;
	call[i]();
	__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	wg_done(&done);
}

int main(void)
{
	unsigned n = sizeof(call) / sizeof(call[0]);

	ints = chan_make(int, 1);
	words = chan_make(void *, 1);
	for (unsigned i = 0; i < n; i++)
		for (unsigned left = 0; left < DEEPEST; left += STEP) {
			wg_add(&done, 1);
			go(at_edge, i, left);
			wg_wait(&done);
		}
	check(calls == n * (DEEPEST / STEP));
	return test_done();
}

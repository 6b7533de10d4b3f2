/* spin_lock: one at a time across cores, and no preemption until spin_unlock. */
#include "arch.h"
#include "test.h"

enum { WORKERS = 6, TURNS = 2000 };
static struct spinlock l;
static volatile unsigned entered;
static unsigned ticks; /* atomic */

static void worker(void)
{
	for (int i = 0; i < TURNS; i++) {
		spin_lock(&l);
		entered = entered + 1;
		spin_unlock(&l);
	}
}

/* A holder that was masked, as in a handler, is so afterwards, whoever waits meanwhile. */
static void masked_worker(void)
{
	for (int i = 0; i < TURNS; i++) {
		unsigned long was = arch_irq_off();

		spin_lock(&l);
		entered = entered + 1;
		spin_unlock(&l);
		check(arch_irq_masked());
		arch_irq_restore(was);
	}
}

static void ticker(chan(void) stop)
{
	while (chan_try_recv(stop, NULL) == CHAN_NOT_READY) {
		__atomic_fetch_add(&ticks, 1, __ATOMIC_RELAXED);
		go_yield();
	}
}

static void spin_for(go_time t)
{
	for (go_time until = go_now() + t; go_now() < until;)
		;
}

/* On one core another goroutine runs only if this one is preempted. */
static void masks(void)
{
	chan(void) stop = chan_make(void, 0);
	unsigned before, procs = go_maxprocs(1);

	go_yield();
	go(ticker, stop);
	while (!__atomic_load_n(&ticks, __ATOMIC_RELAXED))
		go_yield();
	spin_lock(&l);
	before = __atomic_load_n(&ticks, __ATOMIC_RELAXED);
	spin_for(ms(25));
	check(__atomic_load_n(&ticks, __ATOMIC_RELAXED) == before);
	spin_unlock(&l);
	while (__atomic_load_n(&ticks, __ATOMIC_RELAXED) == before)
		; /* ends because spin_unlock lets interrupts in again */
	chan_close(stop);
	go_maxprocs(procs);
}

int main(void)
{
	struct waitgroup wg = {0};

	for (int i = 0; i < WORKERS; i++)
		wg_go(&wg, worker);
	for (int i = 0; i < WORKERS; i++) {
		wg_go(&wg, worker);
		wg_go(&wg, masked_worker);
	}
	wg_wait(&wg);
	check(entered == 3 * WORKERS * TURNS);
	masks();
	return test_done();
}

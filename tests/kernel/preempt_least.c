/* Under exact replay: one that was preempted runs for CONFIG_LEAST_NS when it comes to run again.
 * So sleeps that are shorter than a switch do not keep it from its work; and whom an interrupt
 * readies meanwhile is late by that, whatever the one that runs does then: goes on, sleeps
 * itself or waits for somebody. */
// test: icount=0 cores=1 without=sifive-u limit=180
// test: icount=0 cores=1,2 without=sifive-u args=pinned limit=180
#include "arch.h"
#include "base/atomic.h"
#include "base/config.h"
#include "test.h"

enum { SLEEPERS = 3, STEPS = 200000 };
static const go_time lead = 20000; /* in which two goroutines are made and go to sleep */

static struct waitgroup done;
static uint32_t over; /* atomic */
static volatile go_time start,
    woken[2]; /* when the sleepers are to wake: at start, and a little later; when they did */
static int core = GO_ANY_CORE; /* of all */
static go_time gap = CONFIG_LEAST_NS / 2;

/* Progress: so many go on sleeping for less than a switch takes; this one counts all the same. */

static void doze(void)
{
	while (!load_relaxed(&over))
		go_sleep(1);
	wg_done(&done);
}

static void progress(void)
{
	go_time before = go_now();

	wg_add(&done, SLEEPERS);
	for (int i = 0; i < SLEEPERS; i++)
		go_with(go_attr(.core = core), doze);
	go_yield();
	for (volatile unsigned n = 0; n < STEPS; n++)
		;
	store_relaxed(&over, true);
	wg_wait(&done);
	kprintf("%d steps beside sleepers in %lld us\n", STEPS,
	        (long long)(go_now() - before) / 1000);
	check(go_now() - before < ms(20));
}

/* Lateness: the first sleeper preempts a busy one, which goes on when that sleeps again; the second
 * one is due while it runs its least. */

static void sleeper(unsigned i)
{
	go_sleep(start + i * gap - go_now());
	woken[i] = go_now();
	wg_done(&done);
}

static void run_on(chan(int) never)
{
	(void)never;
}

static void wait(chan(int) never)
{
	(void)never;
	wg_wait(&done);
}

/* These wake behind the second sleeper, but preempt it: their timer is the later one. So they
 * give way to it. */

static void give_way(void)
{
	while (!woken[1])
		go_yield();
}

static void sleep_little(chan(int) never)
{
	(void)never;
	go_sleep(1);
	give_way();
}

static void wait_little(chan(int) never)
{
	chan_recv_for(never, NULL, 1);
	give_way();
}

/* By how much the second one is late, when this one acts so long after the start. */
static go_time late(void (*act)(chan(int)), chan(int) never, go_time offset)
{
	start = go_now() + lead;
	woken[0] = woken[1] = 0;
	wg_add(&done, 2);
	go_with(go_attr(.core = core), sleeper, 0);
	go_with(go_attr(.core = core), sleeper, 1);
	go_yield(); /* they sleep */
	check(go_now() < start);
	while (!woken[0] || go_now() < start + offset)
		arch_relax();
	act(never);
	while (!woken[1])
		arch_relax();
	wg_wait(&done);
	return woken[1] - (start + gap);
}

static void lateness(const char *what, void (*act)(chan(int)))
{
	chan(int) never = chan_make(int, 0);
	go_time worst = 0;

	for (go_time offset = 0; offset < 2 * gap; offset += 200) {
		go_time t = late(act, never, offset);

		worst = t > worst ? t : worst;
	}
	kprintf("%s: at most %lld ns late\n", what, (long long)worst);
	check(worst < 5 * CONFIG_LEAST_NS);
	chan_free(never);
}

/* The second one is due at every moment around that at which the other one has run its least. */
static void edge(void)
{
	go_time before = gap, worst = 0;

	for (gap = CONFIG_LEAST_NS / 2; gap < 2 * CONFIG_LEAST_NS; gap += 16) {
		go_time t = late(run_on, 0, 0);

		worst = t > worst ? t : worst;
	}
	gap = before;
	kprintf("at the edge: at most %lld ns late\n", (long long)worst);
	check(worst < 5 * CONFIG_LEAST_NS);
}

static void all(struct waitgroup *finished)
{
	progress();
	lateness("who runs on", run_on);
	lateness("who waits", wait);
	lateness("who sleeps", sleep_little);
	lateness("who waits for a while", wait_little);
	edge();
	wg_done(finished);
}

int main(int argc, char **argv)
{
	struct waitgroup finished = {0};

	(void)argv;
	core = argc > 1 ? 0 : GO_ANY_CORE;
	wg_add(&finished, 1);
	go_with(go_attr(.core = core), all, &finished);
	wg_wait(&finished);
	return test_done();
}

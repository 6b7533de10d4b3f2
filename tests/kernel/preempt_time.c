/* Under exact replay: a goroutine that never yields is preempted after 10.0 ms, 20 us more or less;
 * one that slept behind a busy one is at most 50 us late; one that a device's interrupt readied
 * has run 20 us after. */
// test: icount=0 cores=1 check=0
// test: icount=3 cores=1 check=0 without=sifive-u
// test: icount=0 cores=1 check=0 args=pinned
#include "base/atomic.h"
#include "device.h"
#include "test.h"

enum { SLICES = 6, SLEEPS = 20 };

static struct waitgroup done;
static bool over; /* atomic */
static int core = GO_ANY_CORE;

static void busy(void)
{
	while (!load_relaxed(&over))
		;
	wg_done(&done);
}

/* Where its time stands still, another one ran. */
static void slices(void)
{
	go_time start = 0, before = go_now(), longest = 0, shortest = GO_FOREVER;

	wg_add(&done, 1);
	go_with(go_attr(.core = core), busy);
	for (unsigned n = 0; n < SLICES;) {
		go_time now = go_now();

		if (now - before > ms(1)) {
			if (start) { /* not the first, which began before we looked */
				go_time ran = before - start;

				longest = ran > longest ? ran : longest;
				shortest = ran < shortest ? ran : shortest;
				n++;
			}
			start = now;
		}
		before = now;
	}
	store_relaxed(&over, true);
	wg_wait(&done);
	kprintf("slices of %lld to %lld ns\n", (long long)shortest, (long long)longest);
	check(shortest >= ms(10) - us(20));
	check(longest <= ms(10) + us(20));
}

static go_time worst;

static void sleeper(unsigned i)
{
	for (unsigned n = 0; n < SLEEPS; n++) {
		go_time due = go_now() + ms(1) + us(7) * i, late;

		go_sleep(ms(1) + us(7) * i);
		late = go_now() - due;
		worst = late > worst ? late : worst;
		check(late >= 0);
	}
	wg_done(&done);
}

static void sleeps(void)
{
	store_relaxed(&over, false);
	wg_add(&done, 5);
	go_with(go_attr(.core = core), busy);
	for (unsigned i = 0; i < 4; i++)
		go_with(go_attr(.core = core), sleeper, i);
	while (go_count() > 3) /* main, all and the busy one */
		go_sleep(ms(1));
	store_relaxed(&over, true);
	wg_wait(&done);
	kprintf("late by %lld ns\n", (long long)worst);
	check(worst <= us(50));
}

static chan(int) from_device;
static go_time answered;

static void handler(void *arg)
{
	(void)arg;
	device_drop();
	chan_try_send(from_device, 1);
}

static void waiter(void)
{
	chan_recv(from_device, NULL);
	answered = go_now();
	wg_done(&done);
}

static void device(void)
{
	go_time raised;

	from_device = chan_make(int, 0);
	irq_attach(DEVICE_LINE, handler, 0, 0);
	wg_add(&done, 1);
	go_with(go_attr(.core = core), waiter);
	go_yield();
	raised = go_now();
	device_raise();
	while (!*(volatile go_time *)&answered)
		;
	kprintf("answered after %lld ns\n", (long long)(answered - raised));
	check(answered - raised <= us(20));
	wg_wait(&done);
	irq_detach(DEVICE_LINE);
}

static void all(struct waitgroup *finished)
{
	slices();
	sleeps();
	device();
	wg_done(finished);
}

int main(int argc, char **argv)
{
	struct waitgroup finished = {0};

	(void)argv;
	kprintf("the device has sent something\n");
	core = argc > 1 ? 0 : GO_ANY_CORE;
	wg_add(&finished, 1);
	go_with(go_attr(.core = core), all, &finished);
	wg_wait(&finished);
	return test_done();
}

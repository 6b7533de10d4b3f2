/* Under exact replay, on one core: whoever can run gets its turn within a few slices, in whatever queue
 * it waits: pinned, in the global queue, or readied by an interrupt. */
// test: cores=1 check=0 icount=3 without=sifive-u limit=180
#include "base/clock.h"
#include "board.h"
#include "device.h"
#include "room.h"
#include "sched/timer.h"
#include "test.h"

enum { LINKS = 60, ROUNDS = 300 };

static const go_time slice = 10000000, work = 15000000;
static struct waitgroup done;
static volatile go_time started, first_ran;

static void compute(go_time time)
{
	for (go_time start = go_now(); go_now() - start < time;)
		;
}

/* A chain: each starts the next, then computes for longer than a slice. */
static void link_of(int i)
{
	if (i > 0)
		go(link_of, i - 1);
	compute(work);
	wg_done(&done);
}

static void note(void)
{
	first_ran = go_now();
	wg_done(&done);
}

static void pinned_behind_chain(int links)
{
	wg_add(&done, links + 1);
	started = go_now();
	go(link_of, links - 1);
	go_with(go_attr(.core = 0), note);
	wg_wait(&done);
	kprintf("pinned: first ran after %u us\n", (unsigned)((first_ran - started) / 1000));
	check(first_ran - started < 3 * slice);
}

static volatile bool stop;

static void chain_for_ever(void)
{
	if (!stop)
		go(chain_for_ever);
	compute(work * 6 / 10);
	wg_done(&done);
}

/* One whose slice is over waits in the global queue, while new ones come into the ring and end
 * before their slices do. */
static void behind_new_ones(void)
{
	go_time start = go_now(), last = start, now, longest = 0;

	stop = false;
	wg_add(&done, 100000);
	go(chain_for_ever);
	for (; (now = go_now()) - start < 30 * slice; last = now)
		longest = now - last > longest ? now - last : longest;
	stop = true;
	kprintf("beside a chain: longest wait %u us\n", (unsigned)(longest / 1000));
	check(longest < 3 * slice);
}

/* Goroutines that sleep for as long as they compute owe nothing. There are enough of them to fill the
 * core: they preempt each other and whoever else computes. Both kinds wait for their turns in the ring and
 * the global queue, or pinned to core 0. */
enum { NAPPERS = 20, HOGS = 2 };

static void nap(void)
{
	while (!stop) {
		compute(us(300));
		go_sleep(us(300));
	}
	wg_done(&done);
}

/* A hog that never runs before the others stop has waited since it was made. */
static void hog(go_time *longest)
{
	go_time last = started, now;

	for (bool over = false; !over; last = now) {
		over = stop; /* the last wait counts too */
		now = go_now();
		*longest = now - last > *longest ? now - last : *longest;
	}
	wg_done(&done);
}

static void beside_nappers(int nappers, int nappers_core, int hogs_core)
{
	go_time longest[HOGS] = {0};

	stop = false;
	started = go_now();
	wg_add(&done, nappers + HOGS);
	for (int i = 0; i < HOGS; i++)
		go_with(go_attr(.core = hogs_core), hog, &longest[i]);
	for (int i = 0; i < nappers; i++)
		go_with(go_attr(.core = nappers_core), nap);
	go_sleep(200 * slice);
	stop = true;
	wg_wait(&done);
	for (int i = 0; i < HOGS; i++) {
		kprintf("beside nappers (cores %d %d): longest wait %u us\n", nappers_core,
		        hogs_core, (unsigned)(longest[i] / 1000));
		check(longest[i] < (2 * (nappers + HOGS + 1) + 8) * slice);
	}
}

/* A chain: each readies the next by a channel, then computes for longer than a slice. The one in the next
 * slot inherits the rest of a slice, and at its end waits for its turn like all others. */
static void readied_link(int n, chan(int) mine)
{
	chan(int) next = chan_make(int, 0);

	if (n > 1)
		go(readied_link, n - 1, next);
	chan_recv(mine, NULL);
	if (n > 1)
		chan_send(next, n);
	else
		stop = true;
	compute(work);
	wg_done(&done);
}

static void beside_readied_chain(int links)
{
	chan(int) first = chan_make(int, 0);
	go_time longest = 0;

	stop = false;
	wg_add(&done, links + 1);
	go(readied_link, links, first);
	go_sleep(slice);
	started = go_now();
	go(hog, &longest);
	go_yield();
	chan_send(first, links);
	wg_wait(&done);
	kprintf("beside a chain of readied ones: longest wait %u us\n", (unsigned)(longest / 1000));
	check(longest < 6 * slice);
}

/* What a handler makes gets a whole slice, also in the place of one that had used up its own. */
static volatile go_time first_slice;

static void ends_its_slice(void)
{
	compute(slice * 8 / 10);
	go_sleep(us(50));
	wg_done(&done);
}

static void until_a_gap(void)
{
	go_time start = go_now(), last = start, now;

	while ((now = go_now()) - last < slice / 20)
		last = now;
	first_slice = last - start;
	wg_done(&done);
}

static void make(struct timer_node *timer)
{
	(void)timer;
	go(until_a_gap);
}

static void made_by_handler(void)
{
	static struct timer_node timer;
	unsigned long was;

	go_sleep(slice);
	wg_add(&done, 1);
	go(ends_its_slice);
	wg_wait(&done);
	first_slice = 0;
	wg_add(&done, 1);
	was = arch_irq_off();
	timer_call(&timer, make, board_clock() + clock_ticks(us(100)));
	arch_irq_restore(was);
	while (!first_slice)
		;
	wg_wait(&done);
	kprintf("made by a handler: first slice %u us\n", (unsigned)(first_slice / 1000));
	check(first_slice > slice * 9 / 10 && first_slice < slice * 11 / 10);
}

static chan(int) readied;
static volatile int received;

static void handler(void *arg)
{
	(void)arg;
	device_drop();
	if (chan_try_send(readied, 1) != CHAN_OK)
		check(!"the receiver waits when the next interrupt comes");
}

static void receive(void)
{
	for (int v; chan_recv(readied, &v);)
		received++;
}

/* The second interrupt comes within CONFIG_LEAST_NS of the resumption from the first, so that it does
 * not preempt: the yield lets the readied one run. */
static void yield_lets_readied_run(void)
{
	int behind = 0;

	readied = chan_make(int, 0);
	irq_attach(DEVICE_LINE, handler, 0, IRQ_FEEDS);
	go(receive);
	go_yield();
	for (int i = 1; i <= ROUNDS; i++) {
		compute(us(40));
		device_raise();
		while (received != 2 * i - 1)
			;
		device_raise();
		for (volatile int n = 0; n < 20; n++)
			;
		go_yield();
		behind += received != 2 * i;
		compute(us(40));
	}
	kprintf("%d times the readied one had not run\n", behind);
	check(behind == 0);
	irq_detach(DEVICE_LINE);
	chan_close(readied);
	go_yield();
	chan_free(readied);
}

int main(void)
{
	pinned_behind_chain(room_for(LINKS));
	beside_readied_chain(room_for(LINKS));
	made_by_handler();
	yield_lets_readied_run();
	for (int nappers_core = -1; nappers_core <= 0; nappers_core++)
		for (int hogs_core = -1; hogs_core <= 0; hogs_core++)
			beside_nappers(room_for(NAPPERS), nappers_core, hogs_core);
	behind_new_ones(); /* last: the waitgroup keeps a rest */
	return test_done();
}

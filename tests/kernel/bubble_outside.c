/* A bubble and what is not of it. The channel of an interrupt line is of no bubble, wherever irq_chan was
 * called: the clock of a bubble waits for the device. So it does in a select of thousands of cases, of which
 * one is on a channel of outside; and where all of them are of the bubble, the clock moves. */
// test: cores=2,4 check=0 boards=virt-aarch64,virt-riscv64,virt-riscv32,mps2-an521
// test: cores=1 check=1 boards=virt-aarch64
#include <stdlib.h>
#include "chan_waiting.h"
#include "device.h"
#include "test.h"

enum { CASES = 1000, ROUNDS = 4 };

static uint32_t napped; /* atomic */

static void naps(void)
{
	go_sleep(sec(1));
	__atomic_fetch_add(&napped, 1, __ATOMIC_RELAXED);
}

static uint32_t naps_over(void)
{
	return __atomic_load_n(&napped, __ATOMIC_RELAXED);
}

/* Runs f in a bubble, beside whoever is outside. */
static void bubble(void (*f)(void *), struct waitgroup *wg)
{
	go_bubble(f, NULL);
	wg_done(wg);
}

static chan(go_time) line;
static chan(void) asks;

/* The device rises when somebody has been waiting for it for a while. */
static void devices(struct waitgroup *wg)
{
	while (chan_recv(asks, NULL)) {
		await_receivers(line, 1);
		go_sleep(us(200));
		device_raise();
	}
	wg_done(wg);
}

/* The device has been served, and the clock has not moved. */
static void served(go_time start, uint32_t naps)
{
	device_drop();
	irq_done(DEVICE_LINE);
	check(go_now() == start && naps_over() == naps);
}

static void waits_for_line(void *unused)
{
	chan(int) own = chan_make(int, 0);
	go_time start = go_now(), at;

	(void)unused;
	line = irq_chan(DEVICE_LINE, 1);
	for (unsigned i = 0; i < ROUNDS; i++) {
		go(naps);
		chan_send(asks);
		check(chan_recv(line, &at));
		served(start, i);
		chan_send(asks);
		check(chan_select_for(sec(1), on_recv(own, NULL), on_recv(line, &at)) == 1);
		served(start, i);
		go_sleep(sec(1));
		go_bubble_wait();
		check(go_now() == (start += sec(1)) && naps_over() == i + 1);
	}
	irq_detach(DEVICE_LINE);
	chan_free(own);
	chan_close(asks);
}

/* Who is outside may use the channel too, and it ends as any other. */
static void test_line(void)
{
	struct waitgroup wg = {0};

	asks = chan_make(void, 0);
	wg_add(&wg, 2);
	go(devices, &wg);
	go(bubble, waits_for_line, &wg);
	wg_wait(&wg);
	check(chan_try_recv(line, NULL) == CHAN_NOT_READY);
	chan_free(line);
	chan_free(asks);
}

/* A large select. */

static chan(void *) outside;
static struct chan_case cases[CASES];

static void all_of_the_bubble(chan(int) * own, size_t n)
{
	go_time start = go_now();

	for (size_t i = 0; i < CASES; i++)
		cases[i] = on_recv(own[i % n], NULL);
	cases[CASES - 1] = cases[1] = on_recv((chan(int))NULL, NULL);
	check(chan_select_array(cases, CASES, sec(10)) == -1 && go_now() - start == sec(10));
}

/* The cases k and CASES - 1 are on a channel of outside: one of them is not listed. */
static void one_of_outside(chan(int) * own, size_t n, size_t k)
{
	go_time start = go_now();
	size_t served;

	for (size_t i = 0; i < CASES; i++)
		cases[i] = on_recv(own[i % n], NULL);
	cases[k] = cases[CASES - 1] = on_recv(outside, NULL);
	served = (size_t)chan_select_array(cases, CASES, sec(10));
	check((served == k || served == CASES - 1) && go_now() == start);
}

static void selects(void *unused)
{
	enum { N = CASES / 2 };
	static chan(int) own[N];

	(void)unused;
	for (size_t i = 0; i < N; i++)
		own[i] = chan_make(int, 0);
	for (size_t k = 0; k < CASES; k += CASES / ROUNDS) {
		all_of_the_bubble(own, N);
		one_of_outside(own, N, k);
	}
	for (size_t i = 0; i < N; i++)
		chan_free(own[i]);
}

static void comes_late(struct waitgroup *wg)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		await_receivers(outside, 1);
		go_sleep(us(200));
		chan_send(outside, NULL);
	}
	wg_done(wg);
}

static void test_selects(void)
{
	struct waitgroup wg = {0};

	outside = chan_make(void *, 0);
	wg_add(&wg, 2);
	go(comes_late, &wg);
	go(bubble, selects, &wg);
	wg_wait(&wg);
	chan_free(outside);
}

int main(void)
{
	kprintf("the device has sent something\n");
	test_line();
	test_selects();
	return test_done();
}

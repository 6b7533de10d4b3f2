/* Tickers, to the documentation of Go's package time as of Go 1.23. */
// test: cores=1,4
// test: cores=1,4 check=0 icount=3 args=exact
// test: boards=virt-aarch64,virt-riscv64 cores=4 check=1
#include "test.h"

static bool exact; /* under exact replay a tick is on time */

/* NewTicker: a channel that sends the current time after each tick, the period given by d. The ticks do
 * not drift: the thousandth is not later than the first. */
static void does_not_drift(void)
{
	struct ticker t = {0};
	go_time period = us(133) + 33, start, end, v, before = 0;
	int n = 0;

	check(t.c == NULL);
	start = go_now();
	ticker_start(&t, period);
	end = go_now();
	for (; n < 1000; n++, before = v) {
		check(chan_recv(t.c, &v) && v > before);
		check(v >= start + (n + 1) * period);
		if (exact)
			check(v <= end + (n + 1) * period + us(10));
	}
	ticker_stop(&t);
}

/* The ticker drops ticks to make up for slow receivers. */
static void drops(void)
{
	struct ticker t = {0};
	go_time first, second, start;

	ticker_start(&t, us(100));
	go_sleep(ms(3));
	start = go_now();
	check(chan_recv(t.c, &first) && chan_recv(t.c, &second) && second > first);
	if (exact)
		check(first < start - ms(2) && second >= start); /* those between are dropped */
	check(chan_len(t.c) == 0 && chan_cap(t.c) == 0);
	ticker_stop(&t);
}

/* A tick that fires late is sent, those that have come due in the meantime are dropped, and the next one
 * comes at its own time. */

static void mask_until(go_time end)
{
	struct spinlock masked = {0};

	spin_lock(&masked); /* no tick can fire on this core */
	while (go_now() < end)
		;
	spin_unlock(&masked);
}

static void comes_late(void)
{
	struct ticker t = {0};
	go_time begin = go_now(), v;

	ticker_start(&t, ms(1));
	go(mask_until, begin + us(3500));
	for (int i = 0; i < 4; i++) {
		check(chan_recv(t.c, &v));
		if (exact && go_cores() == 1)
			check(i == 0 ? v >= begin + us(3500) && v < begin + ms(4)
			             : v >= begin + ms(3 + i) && v < begin + ms(4 + i));
	}
	ticker_stop(&t);
	while (go_count() > 1)
		go_yield();
}

/* Stop turns off a ticker: no more ticks will be sent. Stop does not close the channel. */
static void stops(void)
{
	struct ticker t = {0};

	ticker_stop(&t); /* one that was never started */
	for (int i = 0; i < 200; i++) {
		ticker_start(&t, us(10 + i % 30));
		if (i % 3)
			chan_recv(t.c, NULL);
		else
			go_sleep(us(i % 90));
		ticker_stop(&t);
		check(chan_try_recv(t.c, NULL) == CHAN_NOT_READY);
		if (i % 50 == 0)
			check(chan_recv_for(t.c, NULL, us(200)) == CHAN_NOT_READY);
	}
	ticker_stop(&t);
}

/* Reset stops a ticker and resets its period: the next tick comes after the new period, none of before. */
static void restarts(void)
{
	struct ticker t = {0};
	go_time v, start;

	for (int i = 0; i < 100; i++) {
		ticker_start(&t, us(20));
		go_sleep(us(i));
		start = go_now();
		ticker_start(&t, us(200));
		check(chan_recv(t.c, &v) && v >= start + us(200));
	}
	ticker_start(&t, sec(1000));
	start = go_now();
	ticker_start(&t, us(50));
	check(chan_recv(t.c, &v) && v >= start + us(50) && v < start + sec(1));
	ticker_start(&t, GO_FOREVER);
	check(chan_recv_for(t.c, NULL, us(300)) == CHAN_NOT_READY);
	ticker_stop(&t);
}

/* A ticker of 1 ns starves nobody: a goroutine that computes on its core gets on, and so does one that
 * sleeps, while another receives every tick. */

static uint32_t stop, ticks; /* atomic */
static uint64_t loops;

static void read_ticks(chan(go_time) c)
{
	while (chan_recv_for(c, NULL, ms(100)) == CHAN_OK &&
	       !__atomic_load_n(&stop, __ATOMIC_RELAXED))
		__atomic_fetch_add(&ticks, 1, __ATOMIC_RELAXED);
}

static uint64_t loops_in(go_time t)
{
	uint64_t n = 0;

	for (go_time end = go_now() + t; go_now() < end;)
		n++;
	return n;
}

static void starves_nobody(void)
{
	uint64_t alone = loops_in(ms(20)), beside;
	struct ticker t = {0};
	go_time start = go_now();

	ticker_start(&t, 1);
	beside = loops_in(ms(20));
	go_with(go_attr(.core = 0), read_ticks, t.c);
	go_with(go_attr(.core = (int)go_cores() - 1), read_ticks, t.c);
	loops = loops_in(ms(20));
	go_sleep(ms(2));
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	ticker_stop(&t);
	kprintf("%llu loops alone, %llu beside it, %llu beside it and its readers; %u ticks\n",
	        (unsigned long long)alone, (unsigned long long)beside, (unsigned long long)loops,
	        (unsigned)ticks);
	check(ticks > 0);
	if (exact) {
		check(beside > alone / 3 && loops > alone / 6);
		check(ticks > 100);
		check(go_now() - start < ms(60));
	}
	while (go_count() > 1)
		go_sleep(ms(1));
}

int main(int argc, char **argv)
{
	(void)argv;
	exact = argc > 1;
	does_not_drift();
	drops();
	comes_late();
	stops();
	restarts();
	starves_nobody();
	return test_done();
}

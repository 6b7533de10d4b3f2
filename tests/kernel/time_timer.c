/* Timers, to the documentation of Go's package time as of Go 1.23. Each case names the sentence that it
 * checks. */
// test: cores=1,4 check=0,1
// test: cores=1,4 check=0 icount=3 args=exact
#include <string.h>
#include "test.h"

static const go_time LATE = sec(10); /* on a busy host */
static bool exact; /* under exact replay nothing but the kernel makes a timer late */

/* NewTimer: it sends the current time on its channel after at least duration d. */
static void fires_once(void)
{
	struct timer t = {0};
	go_time start = go_now(), v = 0;

	check(t.c == NULL);
	check(!timer_reset(&t, us(300)));
	check(chan_recv(t.c, &v));
	check(v >= start + us(300) && v <= go_now());
	check(chan_recv_for(t.c, &v, us(700)) == CHAN_NOT_READY);
	check(!timer_stop(&t));
}

/* A duration of zero or less fires at once. */
static void fires_at_once(void)
{
	const go_time at_once[] = {0, -1, -sec(100), INT64_MIN};
	struct timer t = {0};

	for (unsigned i = 0; i < sizeof(at_once) / sizeof(*at_once); i++) {
		chan(go_time) c = go_after(at_once[i]);
		go_time start = go_now(), v = 0;

		timer_reset(&t, at_once[i]);
		check(chan_recv_for(t.c, &v, LATE) == CHAN_OK && v >= start && v <= go_now());
		check(chan_recv_for(c, &v, LATE) == CHAN_OK && v <= go_now());
		chan_free(c);
	}
}

/* Stop returns true if the call stops the timer, false if it has expired or been stopped. */
static void stop_says(void)
{
	struct timer t = {0};

	check(!timer_stop(&t)); /* one that was never armed */
	timer_reset(&t, us(500));
	check(timer_stop(&t));
	check(!timer_stop(&t));
	check(chan_recv_for(t.c, NULL, ms(2)) == CHAN_NOT_READY);
	timer_reset(&t, us(50));
	check(chan_recv(t.c, NULL));
	check(!timer_stop(&t));
}

/* As of Go 1.23, any receive after Stop has returned blocks rather than receive a stale time value.
 * So a stop that takes such a value back has stopped the timer. */
static void stop_takes_back(void)
{
	struct timer t = {0};

	for (int i = 0; i < 20; i++) {
		timer_reset(&t, us(i));
		go_sleep(us(100) + us(i)); /* it has expired */
		check(timer_stop(&t));
		check(chan_try_recv(t.c, NULL) == CHAN_NOT_READY);
		check(!timer_stop(&t));
	}
}

/* Reset returns true if the timer had been active, and no receive after it gets a stale value. */
static void reset_takes_back(void)
{
	struct timer t = {0};
	go_time start, v;

	check(!timer_reset(&t, us(20)));
	go_sleep(us(300)); /* it has expired */
	start = go_now();
	check(timer_reset(&t, us(400)));
	check(chan_recv(t.c, &v) && v >= start + us(400));
	check(!timer_reset(&t, us(20)));
	check(chan_recv(t.c, &v));
	check(!timer_reset(&t, sec(3600)));
	start = go_now(); /* earlier, and later than its moment */
	check(timer_reset(&t, us(100)) && timer_reset(&t, us(200)));
	check(chan_recv(t.c, &v) && v >= start + us(200) && v < start + LATE);
}

/* The timer channel is synchronous: len and cap return 0, whether it has expired or not. */
static void has_no_buffer(void)
{
	chan(go_time) c = go_after(0);
	struct timer t = {0};

	timer_reset(&t, 0);
	go_sleep(us(500));
	check(chan_len(t.c) == 0 && chan_cap(t.c) == 0);
	check(chan_len(c) == 0 && chan_cap(c) == 0);
	check(chan_try_recv(t.c, NULL) == CHAN_OK && chan_try_recv(c, NULL) == CHAN_OK);
	chan_free(c);
}

/* GO_FOREVER: it is not armed, and so does not keep a deadlock from being seen (time_panic). */
static void never(void)
{
	struct timer t = {0};

	check(!timer_reset(&t, GO_FOREVER));
	check(!timer_reset(&t, sec(5)));
	check(timer_reset(&t, GO_FOREVER));
	check(!timer_stop(&t));
	check(chan_recv_for(t.c, NULL, us(300)) == CHAN_NOT_READY);
	check(!timer_reset(&t, GO_FOREVER - 1));
	check(chan_recv_for(t.c, NULL, us(300)) == CHAN_NOT_READY);
	check(timer_stop(&t));
}

/* In a select, beside another that never comes; and a null channel, which never runs. */
static void in_select(void)
{
	chan(int) other = chan_make(int, 0);
	struct timer t = {0}, unset = {0};
	go_time v = 0, start = go_now();

	timer_reset(&t, us(200));
	check(chan_select(on_recv(other, NULL), on_recv(unset.c, NULL), on_recv(t.c, &v)) == 2);
	check(v >= start + us(200));
	check(chan_try_select(on_recv(t.c, &v)) == -1);
	chan_free(other);
}

/* AfterFunc waits for the duration to elapse and then calls f in its own goroutine. */

static struct {
	uint32_t calls, id;
	go_time when;
} seen;

static void note(void *arg)
{
	__atomic_store_n(&seen.id, go_id(), __ATOMIC_RELAXED);
	seen.when = go_now();
	__atomic_fetch_add(&seen.calls, (uintptr_t)arg, __ATOMIC_RELEASE);
}

static uint32_t calls(void)
{
	return __atomic_load_n(&seen.calls, __ATOMIC_ACQUIRE);
}

static void calls_become(uint32_t n)
{
	go_time end = go_now() + LATE;

	while (calls() < n && go_now() < end)
		go_sleep(us(20));
	check(calls() == n);
}

static void after_calls(void)
{
	go_time start = go_now();
	struct timer t = {0};

	memset(&seen, 0, sizeof(seen));
	timer_after(&t, us(200), note, (void *)1);
	check(t.c == NULL);
	calls_become(1);
	check(seen.id != go_id() && seen.when >= start + us(200));
	check(!timer_stop(&t));
	/* a negative duration too */
	timer_after(&t, -1, note, (void *)1);
	calls_become(2);
	go_sleep(us(500));
	check(calls() == 2);
}

/* For a func-based timer Stop returns false when f has been started, and Reset schedules f to run
 * again. */
static void after_again(void)
{
	const go_time later = exact ? us(300) : sec(1000);
	struct timer t = {0};

	memset(&seen, 0, sizeof(seen));
	timer_after(&t, later, note, (void *)1);
	check(timer_stop(&t) && !timer_stop(&t));
	go_sleep(ms(1));
	check(calls() == 0);
	check(!timer_reset(&t, us(50)));
	calls_become(1);
	check(!timer_reset(&t, later) && timer_reset(&t, later + us(50)));
	check(timer_reset(&t, us(100)));
	calls_become(2);
	go_sleep(ms(1));
	check(calls() == 2);
	/* timer_after on an armed timer: the new function's argument, once */
	timer_after(&t, later, note, (void *)100);
	timer_after(&t, us(200), note, (void *)10);
	calls_become(12);
	go_sleep(ms(1));
	check(calls() == 12);
	check(!timer_reset(&t, GO_FOREVER) && !timer_reset(&t, 0));
	calls_become(22);
}

/* A function may arm its own timer again, and stop another's. */
static struct own {
	struct timer timer;
	unsigned runs;
	chan(void) done;
} own;

static void again(void *arg)
{
	struct own *o = arg;

	if (++o->runs == 50)
		chan_send(o->done);
	else
		check(!timer_reset(&o->timer, us(o->runs % 7)));
}

static void after_resets_itself(void)
{
	own.done = chan_make(void, 0);
	timer_after(&own.timer, 0, again, &own);
	check(chan_recv_for(own.done, NULL, LATE) == CHAN_OK);
	check(own.runs == 50 && !timer_stop(&own.timer));
	chan_free(own.done);
}

/* Timers expire in the order of their times, whatever the order in which they were started. */
enum { MANY = 100 };
static struct timer many[MANY];

static void in_order(void)
{
	go_time start = go_now() + ms(20), before = 0, v;

	go_preempt_off();
	for (int i = 0; i < MANY; i++) {
		int k = i * 37 % MANY; /* each once */

		timer_reset(&many[k], start + us(300) * k - go_now());
	}
	go_preempt_on();
	for (int i = 0; i < MANY; i++, before = v) {
		check(chan_recv(many[i].c, &v) && v >= start + us(300) * i);
		if (exact)
			check(v > before && v < start + us(300) * (i + 1));
	}
}

/* After: the channel is the caller's, who may free it at any time. */
static void after_freed(void)
{
	for (int i = 0; i < 300; i++) {
		chan(go_time) c = go_after(us(i % 60)), far = go_after(sec(100));

		if (i % 3 == 0)
			check(chan_recv(c, NULL));
		else if (i % 3 == 1)
			go_sleep(us(i % 60));
		chan_free(c);
		chan_free(far);
	}
}

/* Who has received the value may use the timer's memory for something else. */
static void memory_is_free(void)
{
	for (int i = 0; i < 300; i++) {
		struct timer t = {0};

		timer_reset(&t, us(i % 20));
		if (i % 2)
			check(chan_recv(t.c, NULL));
		else
			timer_stop(&t);
		memset(&t, 0xa5, sizeof(t));
		__asm__ volatile("" : : "r"(&t) : "memory");
		go_sleep(us(5));
		check(*((unsigned char *)&t + i % sizeof(t)) == 0xa5);
	}
}

int main(int argc, char **argv)
{
	(void)argv;
	exact = argc > 1;
	fires_once();
	fires_at_once();
	stop_says();
	stop_takes_back();
	reset_takes_back();
	has_no_buffer();
	never();
	in_select();
	after_calls();
	after_again();
	after_resets_itself();
	in_order();
	after_freed();
	memory_is_free();
	return test_done();
}

/* irq_chan: the channel of a line receives the time of each interrupt, in a select too. The line is masked until irq_done, so
 * a level that stays up fires once. A time that finds the channel full is dropped, and no interrupt is lost by that. A
 * line is no reason to wait for ever but while it is armed and a goroutine waits on it. */
// test: cores=2 check=0 limit=20
// test: boards=virt-aarch64,virt-riscv64 cores=1,4 check=0,1 limit=20
// test: boards=virt-aarch64 cores=1,4 check=0 args=alarm limit=20
// test: boards=virt-aarch64 cores=1,4 check=0 args=nobody expect=70 match='(?s)^panic: deadlock: all goroutines are asleep'
// test: boards=virt-aarch64 cores=1,4 check=0 args=masked expect=70 match='(?s)^panic: deadlock: all goroutines are asleep'
// test: boards=virt-aarch64 cores=1,4 check=0 args=detached expect=70 match='(?s)^panic: deadlock: all goroutines are asleep'
// test: boards=virt-aarch64 cores=1 check=0 args=close expect=70 match='(?s)^panic: chan: close of channel 0x[0-9a-f]+, which is an interrupt line.s: irq_detach the line first'
// test: boards=virt-aarch64 cores=1 check=0 args=free expect=70 match='(?s)^panic: chan_free: channel 0x[0-9a-f]+ is an interrupt line.s: irq_detach the line first'
// test: boards=virt-aarch64 cores=1 check=0 args=none expect=70 match='(?s)^panic: irq_chan: line \d+ with room for 0 times'
// test: boards=virt-aarch64 cores=1 check=0 args=twice expect=70 match='(?s)^panic: irq_chan: line \d+ is attached already'
// test: boards=virt-aarch64 cores=1 check=0 args=done expect=70 match='(?s)^panic: irq_done: line \d+ has no channel'
#include <string.h>
#include "arch.h"
#include "device.h"
#include "test.h"

enum { ROUNDS = 50 };

static const char *what = "";

static bool is(const char *name)
{
	return !strcmp(what, name);
}

/* A level that stays up for as long as nobody serves it fires once. */
static void fires_once(chan(go_time) c)
{
	go_time before = go_now(), at;

	device_raise();
	check(chan_recv(c, &at) && at >= before && at <= go_now());
	for (unsigned i = 0; i < 10; i++)
		go_yield();
	go_sleep(us(100));
	check(chan_try_recv(c, &at) == CHAN_NOT_READY);
	device_drop();
	irq_done(DEVICE_LINE);
	check(chan_recv_for(c, &at, us(200)) == CHAN_NOT_READY); /* the device has been served */
	irq_done(DEVICE_LINE);                                   /* which it is already */
}

/* What is up when the line is unmasked fires again. */
static void fires_again(chan(go_time) c)
{
	go_time first, second;

	device_raise();
	check(chan_recv(c, &first));
	device_drop();
	device_raise();
	irq_done(DEVICE_LINE);
	check(chan_recv(c, &second) && second >= first);
	device_drop();
	irq_done(DEVICE_LINE);
}

static void in_a_select(chan(go_time) c)
{
	chan(int) other = chan_make(int, 0);
	go_time at = 0;

	check(chan_select_for(us(200), on_recv(other, NULL), on_recv(c, &at)) == -1);
	device_raise();
	check(chan_select_for(sec(5), on_recv(other, NULL), on_recv(c, &at)) == 1 && at > 0);
	device_drop();
	irq_done(DEVICE_LINE);
	chan_free(other);
}

/* Three interrupts, room for two times. */
static void when_full(chan(go_time) c)
{
	go_time at, last;

	for (unsigned i = 0; i < 3; i++) {
		device_raise();
		if (i < 2)
			while (chan_len(c) != i + 1)
				arch_relax();
		else
			go_sleep(us(200));
		device_drop();
		irq_done(DEVICE_LINE);
	}
	last = go_now();
	check(chan_len(c) == 2 && chan_cap(c) == 2);
	check(chan_recv(c, &at) && at < last && chan_recv(c, &at) && at < last);
	check(chan_try_recv(c, &at) == CHAN_NOT_READY);
	fires_once(c);
}

static void works(void)
{
	chan(go_time) c = irq_chan(DEVICE_LINE, 2);
	go_time at;

	for (unsigned i = 0; i < ROUNDS; i++) {
		fires_once(c);
		fires_again(c);
	}
	in_a_select(c);
	when_full(c);
	device_raise();
	while (chan_len(c) == 0)
		arch_relax();
	irq_detach(DEVICE_LINE); /* masked, and not done */
	device_drop();
	check(chan_recv(c, &at));
	chan_close(c);
	check(!chan_recv(c, &at));
	chan_free(c);
	c = irq_chan(DEVICE_LINE, 2); /* the interrupt of before is over */
	fires_once(c);
	irq_detach(DEVICE_LINE);
	chan_free(c);
}

/* The machine's alarm clock, a PL031, rings after a second, in which all are asleep. */
static void alarm_clock(void)
{
	enum { LINE = 34, NOW = 0x00, MATCH = 0x04, MASK = 0x10, CLEAR = 0x1c };
	chan(go_time) c = irq_chan(LINE, 1);
	volatile uint32_t *clock = (volatile uint32_t *)(uintptr_t)0x09010000;
	go_time at, before = 0;

	for (int i = 0; i < 2; i++) {
		clock[CLEAR / 4] = 1;
		clock[MATCH / 4] = clock[NOW / 4] + 1;
		clock[MASK / 4] = 1;
		check(chan_recv(c, &at) && at > before);
		before = at;
		clock[CLEAR / 4] = 1;
		irq_done(LINE);
	}
}

/* A line that nobody waits for, one that is masked for good, one that was detached. */
static void deadlocks(void)
{
	chan(go_time) c = irq_chan(DEVICE_LINE, 1);
	chan(int) other = chan_make(int, 0);

	if (is("nobody"))
		chan_recv(other, NULL);
	device_raise();
	chan_recv(c, NULL);
	device_drop();
	if (is("detached"))
		irq_detach(DEVICE_LINE);
	chan_recv(c, NULL);
}

static void misuse(void)
{
	chan(go_time) c;

	if (is("none"))
		irq_chan(DEVICE_LINE, 0);
	if (is("done"))
		irq_done(DEVICE_LINE);
	c = irq_chan(DEVICE_LINE, 1);
	if (is("twice"))
		irq_chan(DEVICE_LINE, 1);
	if (is("close"))
		chan_close(c);
	if (is("free"))
		chan_free(c);
}

int main(int argc, char **argv)
{
	kprintf("the device has sent something\n");
	if (argc > 1 && (argv[1][0] < '0' || argv[1][0] > '9'))
		what = argv[1];
	if (is("")) {
		works();
	} else if (is("alarm")) {
		alarm_clock();
	} else if (is("nobody") || is("masked") || is("detached")) {
		deadlocks();
	} else {
		misuse();
	}
	return test_done();
}

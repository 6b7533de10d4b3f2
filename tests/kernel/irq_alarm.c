/* All sleep, with no timer, until a device interrupts: the alarm clock of the machine (a PL031) rings
 * after a second, and its handler feeds a channel. That is no deadlock, on whichever core the last
 * goroutine went to sleep. A line that feeds nothing makes it one. */
// test: boards=virt-aarch64 check=0 cores=1,4
// test: boards=virt-aarch64 check=0 cores=1,4 args=deaf expect=70 match='(?s)^panic: deadlock: all goroutines are asleep, no timer runs'
#include "test.h"

enum { RINGS = 2, LINE = 34 };
enum { NOW = 0x00, MATCH = 0x04, MASK = 0x10, CLEAR = 0x1c };

static chan(uint32_t) rung;

static volatile uint32_t *rtc(unsigned offset)
{
	return (volatile uint32_t *)((uintptr_t)0x09010000 + offset);
}

static void handler(void *arg)
{
	(void)arg;
	*rtc(MASK) = 0;
	*rtc(CLEAR) = 1;
	chan_try_send(rung, *rtc(NOW));
}

static void ring_in_a_second(void)
{
	*rtc(CLEAR) = 1;
	*rtc(MATCH) = *rtc(NOW) + 1;
	*rtc(MASK) = 1;
}

int main(int argc, char **argv)
{
	uint32_t at;

	(void)argv;
	rung = chan_make(uint32_t, 1);
	irq_attach(LINE, handler, 0, argc > 1 ? 0 : IRQ_FEEDS);
	for (int i = 0; i < RINGS; i++) {
		ring_in_a_second();
		check(chan_recv(rung, &at) && at == *rtc(MATCH));
	}
	irq_detach(LINE);
	return test_done();
}

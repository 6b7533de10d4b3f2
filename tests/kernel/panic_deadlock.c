/* All asleep is reported at once, with what each goroutine waits for, on what and since when. */
// test: cores=1,4 args=all expect=70 match='(?s)^panic: deadlock: all 4 goroutines are asleep.*\n\ngoroutine 1 "main" \[waitgroup 0x[0-9a-f]+, \d+ ms\]\n    at 0x.*    by 0x[0-9a-f]+ main\+.*"receiver" \[chan receive 0x[0-9a-f]+, \d+ ms\]\n.*    by 0x[0-9a-f]+ receiver\+.*"locker" \[mutex 0x[0-9a-f]+, \d+ ms\]\n.*    by 0x[0-9a-f]+ locker\+.*"selector" \[select( 0x[0-9a-f]+)?, \d+ ms\]\n.*    by 0x[0-9a-f]+ selector\+'
// test: check=0 cores=1,4 args=main expect=70 match='(?s)^panic: deadlock: all goroutines are asleep, no timer.*goroutine 1 "main" \[no live channel, for ever'
// test: check=0 cores=1,4 args=left expect=70 match='(?s)^panic: deadlock: all goroutines are asleep, no timer.*"receiver" \[chan receive'
// test: check=0 cores=1,4 args=nobody expect=70 match='(?s)^panic: deadlock: main has ended in go_exit and no goroutine is left: let the last one call exit$(?!.*goroutine \d)'
// test: check=0 cores=1,4 args=timer match='^not yet\n'
// test: check=0 cores=1,4 args=device match='^not yet\n'
#include <stdlib.h>
#include <string.h>
#include "device.h"
#include "test.h"

static struct mutex mutex;

static void receiver(chan(int) c)
{
	chan_recv(c, NULL);
	check(!"nobody sends");
}

static void locker(void)
{
	mutex_lock(&mutex);
	mutex_lock(&mutex);
	check(!"nobody unlocks");
}

static void selector(chan(int) a, chan(int) b)
{
	chan_select(on_recv(a, NULL), on_recv(b, NULL));
	check(!"nobody sends");
}

static void send_later(chan(int) c)
{
	go_sleep(ms(20));
	chan_send(c, 1);
}

static chan(int) from_device;

static void handler(void *arg)
{
	(void)arg;
	device_drop();
	chan_try_send(from_device, 1);
}

static void everybody(void)
{
	struct waitgroup wg = {0};

	go_with(go_attr(.name = "receiver"), receiver, chan_make(int, 0));
	go_with(go_attr(.name = "locker"), locker);
	go_with(go_attr(.name = "selector"), selector, chan_make(int, 0), chan_make(int, 0));
	wg_add(&wg, 1);
	wg_wait(&wg);
}

/* All sleep, but one by a timer. */
static void with_timer(void)
{
	chan(int) c = chan_make(int, 0);

	go(send_later, c);
	chan_recv(c, NULL);
	kprintf("not yet\n");
	exit(0);
}

/* All sleep, but a device that feeds a channel may wake one. A timer of the host, so to say: we
 * raise it ourselves. */
static void with_device(void)
{
	from_device = chan_make(int, 1);
	kprintf("first\n");
	irq_attach(DEVICE_LINE, handler, 0, IRQ_FEEDS);
	device_raise();
	chan_recv(from_device, NULL);
	kprintf("not yet\n");
	exit(0);
}

int main(int argc, char **argv)
{
	chan(int) nil = 0;

	if (argc < 2)
		return 1;
	if (!strcmp(argv[1], "all"))
		everybody();
	if (!strcmp(argv[1], "main"))
		chan_send(nil, 1);
	if (!strcmp(argv[1], "timer"))
		with_timer();
	if (!strcmp(argv[1], "device"))
		with_device();
	if (strcmp(argv[1], "nobody") != 0)
		go_with(go_attr(.name = "receiver"), receiver, chan_make(int, 0));
	go_exit();
}

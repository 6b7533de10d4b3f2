/* What a panic says: the sentence, the goroutine with name, place of birth and backtrace, then
 * every other goroutine with what it does; the other cores stop; whole lines written before it
 * are there; go_on_panic's function is called last. */
// test: cores=1,4 expect=70 match='(?s)^before\n.*^panic: chan: .*\ngoroutine \d+ "culprit" \[running on core \d+\]\n    at 0x[0-9a-f]+ \w+\+\d+\n(    by .*\n)*    by 0x[0-9a-f]+ inner\+\d+\n    by 0x[0-9a-f]+ culprit\+\d+\n.*^    made at 0x[0-9a-f]+ main\+\d+, stack used \d+ of (2048|131072) bytes\n.*"sleeper" \[sleep, \d+ ms\]\n    at 0x.*    by 0x[0-9a-f]+ sleeper\+.*"receiver" \[chan receive 0x[0-9a-f]+, \d+ ms\]\n    at 0x.*    by 0x[0-9a-f]+ receiver\+.*\nlast words\n'
// test: cores=4 check=0 icount=3 limit=30 expect=70 match='(?s)"spinner" \[running on core \d\]\n    at 0x[0-9a-f]+ spinner\+.*\nlast words\n' opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
#include <stdio.h>
#include "test.h"

static volatile unsigned long spins;
static chan(int) c;

static __attribute__((__noinline__)) void inner(void)
{
	chan_close(c);
	spins++;
}

static __attribute__((__noinline__)) void culprit(void)
{
	go_name("culprit");
	chan_close(c);
	inner();
	spins++;
}

static void sleeper(void)
{
	go_sleep(sec(100));
	spins++;
}

static void receiver(chan(int) never)
{
	chan_recv(never, NULL);
	spins++;
}

static void spinner(void)
{
	for (;;)
		spins++;
}

/* Nobody else runs any more, once the host has let every core see that it shall stop. */
static void last_words(void)
{
	unsigned long before;

	do {
		go_time start = go_now();

		before = spins;
		while (go_now() - start < ms(2))
			;
	} while (spins != before);
	kprintf("last words\n");
}

int main(void)
{
	go_on_panic(last_words);
	c = chan_make(int, 0);
	printf("before\n");
	go_with(go_attr(.name = "sleeper"), sleeper);
	go_with(go_attr(.name = "receiver"), receiver, chan_make(int, 0));
	go_sleep(ms(1));
	for (unsigned i = 1; i < go_cores(); i++)
		go_with(go_attr(.name = "spinner"), spinner);
	go_sleep(ms(1));
	go(culprit);
	go_sleep(sec(5));
	return test_done();
}

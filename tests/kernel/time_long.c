/* The clock of every core goes on past whatever the board's counter holds: sleeps that take longer
 * together than 32 bits of a 20 MHz clock last, in virtual time. */
// test: check=0 cores=1,4 icount=3
#include "test.h"

enum { SLEEPS = 8 };

static struct waitgroup done;

static void sleeper(void)
{
	go_time start = go_now(), before = start, now;

	for (int i = 1; i <= SLEEPS; i++, before = now) {
		go_sleep(sec(60));
		now = go_now();
		if (!check(now - before >= sec(60) && now - before < sec(60) + ms(1)))
			kprintf("sleep %d took %lld us\n", i, (long long)(now - before) / 1000);
	}
	check(now - start < sec(60) * SLEEPS + ms(1));
	wg_done(&done);
}

int main(void)
{
	wg_add(&done, go_cores());
	for (unsigned i = 0; i < go_cores(); i++)
		go_with(go_attr(.core = (int)i), sleeper);
	wg_wait(&done);
	return test_done();
}

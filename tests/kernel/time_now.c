/* go_now never goes back, also not from core to core or across a sleep, and counts what the
 * units say. */
// test: cores=1,4
#include "base/atomic.h"
#include "test.h"

static struct waitgroup done;
/* atomic: the latest that anyone has read, its low half on a 32-bit machine */
static unsigned long last;

static void reader(void)
{
	for (unsigned i = 0; i < 20000; i++) {
		unsigned long before = load_acquire(&last), now = go_now();

		if ((long)(now - before) < 0) {
			check(!"go_now is behind what another core has read");
			break;
		}
		store_release(&last, now);
		if (i % 64 == 0)
			go_yield();
		if (i % 5000 == 0)
			go_sleep(us(1));
	}
	wg_done(&done);
}

int main(void)
{
	go_time start = go_now();

	check(start >= 0 && start < sec(60)); /* since power-on */
	check(ns(1) == 1 && us(1) == 1000 && ms(1) == 1000000 && sec(1) == 1000000000);
	check(sec(-2) == -2000000000 && sec(1) / ms(1) == 1000 && sizeof(sec(1)) == 8);
	wg_add(&done, 2 * go_cores());
	for (unsigned i = 0; i < 2 * go_cores(); i++)
		go(reader);
	wg_wait(&done);
	go_sleep(ms(2));
	check(go_now() - start >= ms(2));
	return test_done();
}

/* Goroutines with stacks never used before, every other one started with interrupts masked:
 * masked_memory.sh counts for how long. */
// test: cores=1,4 check=0 without=musca-b1
#include "test.h"

enum { FRESH = 100 };

static struct waitgroup done;
static chan(int) gate;

static void wait(void)
{
	chan_recv(gate, NULL);
	wg_done(&done);
}

int main(void)
{
	struct spinlock off = {0};

	gate = chan_make(int, 0);
	wg_add(&done, 2 * FRESH);
	for (unsigned i = 0; i < FRESH; i++) {
		spin_lock(&off);
		go(wait);
		spin_unlock(&off);
		go(wait);
		go_yield();
	}
	for (unsigned i = 0; i < 2 * FRESH; i++)
		chan_send(gate, 1);
	wg_wait(&done);
	for (go_time end = go_now() + sec(5); go_count() != 1 && go_now() < end;)
		go_yield();
	check(go_count() == 1);
	return test_done();
}

/* A lock of newlib that its owner may take again: whoever lets it go forgets that it was the owner while the lock is
 * still its own. Else the next owner waits for itself. */
// test: boards=virt-aarch64,virt-riscv64 cores=4 check=0
#include <stdio.h>
#include "test.h"

enum { ROUNDS = 10000 };

static struct waitgroup done;
static unsigned inside; /* under the stream's lock */

static void locks_twice(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		flockfile(stdout);
		inside++;
		flockfile(stdout);
		inside--;
		funlockfile(stdout);
		funlockfile(stdout);
	}
	wg_done(&done);
}

int main(void)
{
	wg_add(&done, 8);
	for (int i = 0; i < 8; i++)
		go_with(go_attr(.core = i % (int)go_cores()), locks_twice);
	wg_wait(&done);
	check(inside == 0);
	return test_done();
}

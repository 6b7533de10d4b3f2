/* go_exit in main: the others go on, and one of them ends the program with its status; deep in a
 * call it ends as well. */
// test: cores=1,4 expect=5 match='^2 checks, 0 failures$'
#include <stdlib.h>
#include "test.h"

static struct waitgroup done;

static __attribute__((__noinline__)) void deep(unsigned n)
{
	if (n == 0)
		go_exit();
	if (n < 100)
		deep(n - 1);
	check(!"go_exit returns");
}

static void ends_deep(chan(int) c)
{
	chan_send(c, 1);
	deep(10);
}

static void last(void)
{
	wg_wait(&done);
	while (go_count() != 1)
		go_yield();
	check(go_count() == 1);
	exit(test_done() ? 1 : 5);
}

int main(void)
{
	chan(int) c = chan_make(int, 0);
	int v = 0;

	wg_add(&done, 1);
	go(last);
	go(ends_deep, c);
	chan_recv(c, &v);
	check(v == 1);
	wg_done(&done);
	go_exit();
}

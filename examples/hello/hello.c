/* Four goroutines say hello, each on whatever core is free. */
#include <stdio.h>
#include "skein.h"

static void hello(int i, struct waitgroup *wg)
{
	printf("hello from goroutine %d\n", i);
	wg_done(wg);
}

int main(void)
{
	struct waitgroup wg = {0};

	wg_add(&wg, 4);
	for (int i = 0; i < 4; i++)
		go(hello, i, &wg);
	wg_wait(&wg);
}

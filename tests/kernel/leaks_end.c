/* skein.leaks=1 looks for leaks at the end of the program, however it comes: status 67, unless the
 * program ends with a status of its own. The report comes after what stdout holds. */
// test: boards=virt-aarch64,mps2-an521 cores=2 check=0 args="return skein.leaks=1" expect=67 match='(?s)^the end\n.*nothing can wake this goroutine any more:\n\ngoroutine \d+ "lost" \[chan receive'
// test: boards=virt-aarch64 cores=1 check=0 args="exit skein.leaks=1" expect=67 match="(?s)^the end\n.*nothing can wake this goroutine"
// test: boards=virt-aarch64 cores=1 check=0 args="five skein.leaks=1" expect=5 match="nothing can wake this goroutine"
// test: boards=virt-aarch64 cores=1 check=0 args="none skein.leaks=1" match="^the end\n$"
// test: boards=virt-aarch64 cores=1 check=0 args="return" match="^the end\n$"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <skein.h>

static void wait(chan(int) c)
{
	chan_recv(c, NULL);
}

/* The channel is known on this stack alone. */
static void lose(struct waitgroup *wg)
{
	go_with(go_attr(.name = "lost"), wait, chan_make(int, 0));
	wg_done(wg);
}

static void end(void)
{
	exit(0);
}

int main(int argc, char **argv)
{
	struct waitgroup wg = {0};

	wg_add(&wg, 1);
	if (argc > 1 && strcmp(argv[1], "none") != 0)
		go(lose, &wg);
	else
		wg_done(&wg);
	wg_wait(&wg);
	go_sleep(ms(20));
	printf("the end\n");
	if (argc > 1 && strcmp(argv[1], "exit") == 0) {
		go(end);
		go_exit();
	}
	return argc > 1 && strcmp(argv[1], "five") == 0 ? 5 : 0;
}

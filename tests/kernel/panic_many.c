/* A report shows 100 goroutines in full and counts the others, by what they do and where they were made. Of more kinds than it
 * tells apart, the rest is one number. */
// test: without=musca-b1 check=0,1 cores=1,4 args=two expect=70 match='(?s)^panic: enough\n(?:(?:(?!\n\ngoroutine ).)*\n\ngoroutine \d+ \[){100}(?!.*\ngoroutine)[^\n]*\n.*\n\n(?:199|200|201) more goroutines, by what they do:\n +\d+ \[(chan receive|waitgroup)\], made at 0x[0-9a-f]+ two\+\d+\n +\d+ \[(?!\1)(?:chan receive|waitgroup)\], made at 0x[0-9a-f]+ two\+\d+\n\Z'
// test: without=musca-b1 check=0 cores=1,4 args=many expect=70 match='(?s)^panic: enough.*\n\n\d+ more goroutines, by what they do:\n( +\d+ \[chan receive\], made at 0x[0-9a-f]+ many\+\d+\n){32} +\d+ of other kinds\n\Z'
#include <string.h>
#include "sched/g.h"
#include "base/panic.h"
#include "test.h"

static chan(int) never;
static struct waitgroup ended;

static void receiver(void)
{
	chan_recv(never, NULL);
}

static void waiter(void)
{
	wg_wait(&ended);
}

static noinline void two(void)
{
	for (int i = 0; i < 150; i++) {
		go(receiver);
		go(waiter);
	}
}

#define GO_4 go(receiver), go(receiver), go(receiver), go(receiver)
#define GO_16 GO_4, GO_4, GO_4, GO_4

static noinline void many(void)
{
	for (int i = 0; i < 5; i++)
		GO_16, GO_16, GO_16, GO_16;
}

static bool all_wait(void)
{
	for (struct g *g = g_next(0); g; g = g_next(g))
		if (g->why == G_RUNNABLE && g != arch_self())
			return false;
	return true;
}

int main(int argc, char **argv)
{
	never = chan_make(int, 0);
	wg_add(&ended, 1);
	if (argc > 1 && !strcmp(argv[1], "two"))
		two();
	else
		many();
	do
		go_sleep(ms(5));
	while (!all_wait());
	panic("enough");
}

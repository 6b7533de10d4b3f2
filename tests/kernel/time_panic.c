/* Misuse of timers ends the program with a sentence, and a timer that never fires keeps no deadlock from
 * being seen.
 * test: cores=2 check=0 args=handler expect=70 match="panic: timer: armed or stopped in an interrupt handler"
 * test: cores=2 check=0 args=two-kinds expect=70 match="panic: timer_after: timer .* has a channel: take another"
 * test: cores=2 check=0 args=free expect=70 match="panic: chan_free: channel .* is part of a timer"
 * test: cores=2 check=0 args=tick-zero expect=70 match="panic: ticker_start: a period of 0 ns"
 * test: cores=2 check=0 args=tick-below expect=70 match="panic: ticker_start: a period of -5 ns"
 * test: cores=1,4 args=never expect=70 match="(?s)deadlock.*chan receive"
 * test: cores=1,4 args=never-after expect=70 match="(?s)deadlock.*chan receive"
 * test: cores=1,4 args=stopped expect=70 match="(?s)deadlock.*chan receive"
 * test: cores=1,4 args=stopped-ticker expect=70 match="(?s)deadlock.*chan receive" */
#include <string.h>
#include "arch.h"
#include "board.h"
#include "sched/timer.h"
#include "test.h"

static struct timer t;
static struct ticker ticker;

static void stop_in_handler(struct timer_node *node)
{
	(void)node;
	timer_stop(&t);
}

static void handler(void)
{
	static struct timer_node node;
	unsigned long was = arch_irq_off();

	timer_call(&node, stop_in_handler, board_clock());
	arch_irq_restore(was);
	go_sleep(ms(100));
}

static void nothing(void *arg)
{
	(void)arg;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

#define by(name) (!strcmp(how, name))
	timer_reset(&t, ms(1));
	if (by("handler"))
		handler();
	else if (by("two-kinds"))
		timer_after(&t, ms(1), nothing, 0);
	else if (by("free"))
		chan_free(t.c);
	else if (by("tick-zero"))
		ticker_start(&ticker, 0);
	else if (by("tick-below"))
		ticker_start(&ticker, -5);
	else if (by("never"))
		timer_reset(&t, GO_FOREVER);
	else if (by("never-after"))
		chan_recv(go_after(GO_FOREVER), NULL);
	else if (by("stopped"))
		timer_stop(&t);
	else if (by("stopped-ticker"))
		ticker_start(&ticker, us(50)), chan_recv(ticker.c, NULL), ticker_stop(&ticker);
	chan_recv(by("stopped-ticker") ? ticker.c : t.c, NULL);
	return 0;
}

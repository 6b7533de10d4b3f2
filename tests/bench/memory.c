// test: mem=1G
/* Bytes: of a control block, of the stack that a preempted goroutine without a frame of its own has used (the header at
 * its high end included), and all that a parked goroutine with the default stack takes. */
#include "bench.h"
#include "g.h"
#include "mem.h"

static volatile bool spun;

static void spin(void)
{
	spun = true;
	for (;;)
		;
}

static struct g *newest(void)
{
	struct g *found = 0;

	for (struct g *g = 0; (g = g_next(g));)
		if (!found || g->id > found->id)
			found = g;
	return found;
}

static void preempted(void)
{
	go(spin);
	go_sleep(ms(30)); /* three slices: it was preempted, by the alarm that wakes this one at the latest */
	must(spun && newest()->frame, "preempted_stack");
	report_tenths("preempted_stack", 10 * g_high_water(newest()));
}

static void wait(chan(void) c)
{
	chan_recv(c, NULL);
}

static void parked(const char *operation, unsigned n)
{
	chan(void) c = chan_make(void, 0);
	size_t before = mem_free_bytes();

	for (unsigned i = 0; i < n; i++)
		go(wait, c);
	go_sleep(sec(2));
	report_tenths(operation, (before - mem_free_bytes()) * 10 / n);
}

int main(void)
{
	go_maxprocs(1);
	report_tenths("g", 10 * sizeof(struct g));
	parked("parked_10000", 10000);
	parked("parked_100000", 100000);
	preempted();
}

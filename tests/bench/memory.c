// test: mem=1G
/* Bytes: of a control block, of the stack that a preempted goroutine without a frame of its own
 * has used (the header at its high end included), and all that a parked goroutine with the default
 * stack takes. */
#include "bench.h"
#include "sched/g.h"
#include "memory/mem.h"

static struct g *volatile spinning;

static void spin(void)
{
	spinning = arch_self();
	for (;;)
		;
}

/* On a stack that was never used. */
static void preempted(void)
{
	go(spin);
	go_sleep(ms(1));
	must(spinning && spinning->frame, "preempted_stack");
	report_tenths("preempted_stack", 10 * g_high_water(spinning));
}

static volatile unsigned waiting;

static void wait(chan(void) c)
{
	waiting++;
	chan_recv(c, NULL);
}

static void parked(const char *operation, unsigned n)
{
	chan(void) c = chan_make(void, 0);
	size_t before = mem_free_bytes();

	for (unsigned i = 0; i < n; i++)
		go(wait, c);
	while (waiting < n)
		go_yield();
	waiting = 0;
	report_tenths(operation, (before - mem_free_bytes()) * 10 / n);
}

int main(void)
{
	go_maxprocs(1);
	report_tenths("g", 10 * sizeof(struct g));
	preempted();
	if (room_for(100000) == 100000) {
		parked("parked_10000", 10000);
		parked("parked_100000", 100000);
	} else {
		parked("parked_few", 112); /* whole chunks of stacks */
	}
}

/* go_dump shows every goroutine while all go on: name, state, place of birth, backtrace; and shows
 * the C library's stack where a goroutine waits on one. */
// test: check=0,1 cores=1,4 match='(?s)^goroutine \d+ "main" \[running on core \d\]\n.*"sleeper" \[sleep, [1-9]\d\d+ ms\]\n    at 0x[0-9a-f]+ go_sleep\+\d+\n    by 0x[0-9a-f]+ sleeper\+.*    made at 0x[0-9a-f]+ main\+\d+, stack used \d+ of 4096 bytes\n.*"receiver" \[chan receive 0x[0-9a-f]+, [1-9]\d\d+ ms\]\n(    (at|by) [^\n]*\n)*    made at [^\n]*, stack used \d{2,3} of \d+ bytes\n.*"twin" \[.*"twin" \[.*^2 checks, 0 failures$'
// test: boards=virt-aarch64,virt-riscv64,virt-riscv32 check=0 cores=1 icount=3 args=fresh match='(?s)"sleeper" \[sleep, 12\d ms\]\n.*"receiver" \[chan receive 0x[0-9a-f]+, 12\d ms\]\n.*"fresh" \[runnable\]\n    at 0x[0-9a-f]+ fresh\+0\n'
// test: check=0 cores=1 args=preempted match='(?s)"spinner" \[runnable, preempted\]\n    at 0x[0-9a-f]+ spins\+\d+'
#include "base/atomic.h"
#include "sched/core.h"
#include "sched/g.h"
#include <string.h>
#include "test.h"

static unsigned long turns; /* atomic */

static void sleeper(void)
{
	go_sleep(sec(1000));
	fetch_add_relaxed(&turns, 1);
}

static void receiver(chan(int) c)
{
	chan_recv(c, NULL);
	fetch_add_relaxed(&turns, 1);
}

static void twin(void)
{
	for (;;) {
		fetch_add_relaxed(&turns, 1);
		go_yield();
	}
}

/* Has not run when it is shown. */
static void fresh(void)
{
}

/* It has parked before, so what it saved then must not be shown once it was preempted. */
static void spins(unsigned *begun) /* atomic */
{
	go_yield();
	store_relaxed(begun, 1);
	for (;;)
		fetch_add_relaxed(&turns, 1);
}

static int preempted(void)
{
	unsigned begun = 0;

	go_with(go_attr(.name = "spinner"), spins, &begun);
	while (!load_relaxed(&begun))
		go_yield();
	go_dump();
	return 0;
}

static bool runs(const struct g *g)
{
	for (unsigned i = 0; i < go_cores(); i++)
		if (load_relaxed(&cores[i].g) == g)
			return true;
	return false;
}

/* An overloaded host may not have run one of them yet, or not to the end of its park. */
static bool waits(enum why why)
{
	for (struct g *g = g_next(0); g; g = g_next(g))
		if (g_why(g) == why && !runs(g))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	unsigned long before;

	if (argc > 1 && !strcmp(argv[1], "preempted"))
		return preempted();
	go_with(go_attr(.name = "sleeper", .stack = 4096), sleeper);
	go_with(go_attr(.name = "receiver"), receiver, chan_make(int, 0));
	go_with(go_attr(.name = "twin"), twin);
	go_with(go_attr(.name = "twin"), twin);
	do
		go_sleep(ms(2));
	while (!waits(G_SLEEP) || !waits(G_RECV));
	go_sleep(ms(120)); /* how long they have waited is told too */
	if (argc > 1)
		go_with(go_attr(.name = "fresh"), fresh);
	for (unsigned i = 0; i < 3; i++)
		go_dump();
	before = load_relaxed(&turns);
	while (load_relaxed(&turns) == before)
		go_yield();
	check(load_relaxed(&turns) != before);
	check(go_count() == 5);
	return test_done();
}

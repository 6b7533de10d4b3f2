/* The clock passes a power of two at which a part of it wraps: sleeps, time-outs, slices and idling
 * go on as before, on all cores. The board lets its counter be set, which here happens two
 * milliseconds before. Under exact replay, lest the host lets those pass. */
// test: boards=virt-riscv32 check=0 icount=3 cores=1 args=32
// test: boards=virt-riscv32 check=0 icount=3 cores=1 args=63
// test: boards=virt-riscv32 check=0 icount=3 cores=1,4 args=32 opt=-DCONFIG_OVERDUE_NS=1000000000000000
// test: boards=virt-riscv32 check=0 icount=3 cores=1,4 args=48 opt=-DCONFIG_OVERDUE_NS=1000000000000000
#include <stdlib.h>
#include "board.h"
#include "base/atomic.h"
#include "base/clock.h"
#include "sched/core.h"
#include "test.h"

static volatile uint32_t *const mtime = (uint32_t *)0x0200bff8;
static struct waitgroup done;
static uint32_t sleepers, over; /* atomic */

/* The program goes on as if the machine had been on for so long; go_now stays what it was. */
static void set_clock(uint64_t ticks)
{
	unsigned long was = arch_irq_off();
	uint64_t age = board_clock() - clock_rate.origin;

	mtime[0] = 0;
	mtime[1] = ticks >> 32;
	mtime[0] = (uint32_t)ticks;
	clock_rate.origin = ticks - age;
	arch_irq_restore(was);
}

/* Sleeps and waits in small steps across the edge: never short, and not late by a part of the
 * clock. */
static void step(unsigned i)
{
	chan(int) never = chan_make(int, 0);
	go_time t = us(100 + 13 * i), start, took;
	int v;

	for (unsigned n = 0; n < 60; n++) {
		start = go_now();
		if (n % 2)
			go_sleep(t);
		else
			check(chan_recv_for(never, &v, t) == CHAN_NOT_READY);
		took = go_now() - start;
		if (!check(took >= t && took < sec(5))) {
			kprintf("slept %lld ns instead of %lld\n", (long long)took, (long long)t);
			break;
		}
	}
	chan_free(never);
	fetch_sub_full(&sleepers, 1);
	wg_done(&done);
}

/* Never waits: the others come to run only if slices end. */
static void hog(void)
{
	while (load_relaxed(&over) == 0)
		;
	wg_done(&done);
}

static void round_of(unsigned hogs)
{
	store_relaxed(&over, 0);
	wg_add(&done, 8 + hogs);
	store_relaxed(&sleepers, 8);
	for (unsigned i = 0; i < hogs; i++)
		go(hog);
	for (unsigned i = 0; i < 8; i++)
		go(step, i);
	while (load_relaxed(&sleepers))
		go_sleep(us(500));
	store_relaxed(&over, 1);
	wg_wait(&done);
}

int main(int argc, char **argv)
{
	uint64_t edge = 1ull << (argc > 1 ? atoi(argv[1]) : 32);
	uint64_t early = board.clock_hz / 500;
	struct go_stats stats;

	go_sleep(ms(5)); /* the other cores idle */
	for (unsigned hogs = 0; hogs <= go_cores(); hogs += go_cores()) {
		set_clock(edge - early);
		check(board_clock() < edge);
		round_of(hogs);
		check(board_clock() > edge && arch_cycles() > edge);
	}
	stats = go_stats_read();
	check(go_now() < sec(60) && stats.uptime <= go_now());
	for (unsigned i = 0; i < go_cores() && edge < 1ull << 63; i++)
		check(stats.core[i].idle >= 0);
	return test_done();
}

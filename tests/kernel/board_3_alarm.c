/* board_alarm, on every core: rings not before its time, at once for the past, not for UINT64_MAX;
 * a later call replaces the one before; arch_idle waits for it; board_interrupt turns it into
 * one kernel_tick. */
// test: check=0 cores=1,2,4,8,16 limit=20
#include "board.h"
#include "sched/core.h"
#include "sched/slice.h"
#include "sched/sched.h"
#include "test.h"

static struct waitgroup done;

/* Did kernel_tick run? It leaves the alarm that it has set in core->alarm, and we another value
 * before. That alarm is not ours. */
static bool ticked(struct core *core)
{
	core->alarm = UINT64_MAX - 1;
	board_interrupt();
	if (core->alarm == UINT64_MAX - 1)
		return false;
	board_alarm(UINT64_MAX);
	return true;
}

static void spin(uint64_t ticks)
{
	for (uint64_t start = board_clock(); board_clock() - start < ticks;)
		;
}

/* Idles until the alarm, as often as another interrupt comes before it. */
static void wait_for_tick(struct core *core)
{
	do
		arch_idle();
	while (!ticked(core));
}

static void alarms(unsigned index)
{
	unsigned long was = arch_irq_off();
	struct core *core = arch_core();
	uint64_t ms1 = board.clock_hz / 1000, when;

	check(core->index == index);
	board_alarm(UINT64_MAX);
	ticked(core); /* what was pending */
	spin(2 * ms1);
	check(!ticked(core));

	when = board_clock() + ms1;
	board_alarm(when);
	wait_for_tick(core);
	check(board_clock() >= when);
	check(!ticked(core)); /* once */

	board_alarm(board_clock() - 1);
	wait_for_tick(core);
	board_alarm(0);
	wait_for_tick(core);

	board_alarm(board_clock() + 3600 * board.clock_hz);
	check(!ticked(core));
	when = board_clock() + ms1;
	board_alarm(when);
	wait_for_tick(core);
	check(board_clock() >= when);

	board_alarm(board_clock() + ms1 / 2);
	board_alarm(UINT64_MAX);
	spin(2 * ms1);
	check(!ticked(core));
	alarm_at(core, board_clock() + core->slice);
	arch_irq_restore(was);
	wg_done(&done);
}

int main(void)
{
	for (unsigned i = 0; i < go_cores(); i++) {
		wg_add(&done, 1);
		go_with(go_attr(.core = (int)i), alarms, i);
		wg_wait(&done); /* one by one: the kernel's alarms stand still meanwhile */
	}
	return test_done();
}

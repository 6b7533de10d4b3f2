/* go_sleep: never short, at once for 0 and below, for ever for GO_FOREVER; 10,000 at once; in
 * order, under exact replay: a host that is late with one timer lets the next interrupt whom it
 * woke. sifive-u's firmware is late with each. */
// test: cores=1,4
// test: cores=1 icount=3 args=order
// test: cores=1 icount=3 check=0 args=together without=sifive-u
// test: cores=4 check=0 limit=30 opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
#include "base/atomic.h"
#include "sched/core.h"
#include "room.h"
#include "test.h"
#include <string.h>

enum { MANY = 10000, ORDERED = 64 };

static struct waitgroup done;
static unsigned order[ORDERED], woken; /* atomic */
static go_time origin;

static void many(unsigned i)
{
	go_time t = us(i * 7919u % 20000), start = go_now();

	go_sleep(t);
	if (go_now() - start < t)
		check(!"a sleep is never short");
	wg_done(&done);
}

static void ten_thousand(void)
{
	unsigned n = room_for(MANY);

	wg_add(&done, n);
	for (unsigned i = 0; i < n; i++)
		go(many, i);
	wg_wait(&done);
	check(true);
}

/* Sleeps until a moment of its own; those moments are not in the order of creation. */
static void ordered(unsigned i)
{
	go_sleep(origin + us(200) * i - go_now());
	check(go_now() >= origin + us(200) * i);
	order[fetch_add_relaxed(&woken, 1)] = i;
	wg_done(&done);
}

static void in_order(void)
{
	bool good = true;

	origin = go_now() + ms(20);
	wg_add(&done, ORDERED);
	for (unsigned i = 0; i < ORDERED; i++)
		go(ordered, i * 37 % ORDERED);
	wg_wait(&done);
	for (unsigned i = 0; i < ORDERED; i++)
		good &= order[i] == i;
	check(good);
	for (unsigned i = 0; !good && i < ORDERED; i++)
		kprintf("%u ", order[i]);
}

/* Those who are due four ticks one after another, so before the first of them can run, run to their
 * ends in that order, whether the core idles or is busy, or is late for all of them; without a
 * frame for each of them. */

static go_time due(unsigned i)
{
	return origin + sec(4) * i / board.clock_hz;
}

static void brief(unsigned i)
{
	go_sleep(due(i) - go_now());
	for (volatile unsigned n = 0; n < 100; n++)
		;
	order[woken++] = i;
	wg_done(&done);
}

static void let_all_be_due(void)
{
	unsigned long was = arch_irq_off();

	while (go_now() < due(ORDERED))
		;
	arch_irq_restore(was);
}

static void stay_busy(void)
{
	while (woken < ORDERED)
		arch_relax();
}

static void idle_away(void)
{
}

static void together(const char *what, int core, void (*meanwhile)(void))
{
	uint64_t before = peek(&cores[0].stats.preemptions);
	unsigned early = 0;

	origin = go_now() + ms(20);
	woken = 0;
	wg_add(&done, ORDERED);
	for (unsigned i = 0; i < ORDERED; i++)
		go_with(go_attr(.core = core), brief, i * 37 % ORDERED);
	go_sleep(ms(10)); /* they sleep */
	check(woken == 0);
	meanwhile();
	wg_wait(&done);
	for (unsigned i = 0; i < ORDERED; i++)
		early += order[i] != i;
	kprintf("%s: %u not in their turn, %llu preemptions\n", what, early,
	        (unsigned long long)(peek(&cores[0].stats.preemptions) - before));
	check(early == 0);
}

/* Nobody else gets a turn, and no time has to pass. */
static void at_once(void)
{
	static const go_time none[] = {0, -1, -sec(1), INT64_MIN};
	uint64_t before, after;

	go_preempt_off(); /* would panic if it parked */
	for (unsigned i = 0; i < 4; i++)
		go_sleep(none[i]);
	go_preempt_on();
	before = go_now();
	go_sleep(1);
	after = go_now();
	check(after >= before + 1);
}

static bool returned;

static void for_ever(go_time t)
{
	go_sleep(t);
	returned = true;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "order")) {
		in_order();
		return test_done();
	}
	if (argc > 1) {
		together("an idle core", GO_ANY_CORE, idle_away);
		together("a busy one", GO_ANY_CORE, stay_busy);
		together("a late one", GO_ANY_CORE, let_all_be_due);
		together("pinned, a late one", 0, let_all_be_due);
		return test_done();
	}
	at_once();
	go(for_ever, GO_FOREVER);
	go(for_ever, GO_FOREVER - 1);
	go(for_ever, GO_FOREVER / 2);
	ten_thousand();
	go_sleep(ms(5));
	while (go_count() > 4) /* who has said that it is done may not have ended yet */
		go_yield();
	check(!returned);
	check(go_count() == 4);
	return test_done();
}

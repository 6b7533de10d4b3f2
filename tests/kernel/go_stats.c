/* Each number of go_stats: what makes it grow makes it grow by so much, and nothing else does. */
// test: cores=1,2,4 check=0
// test: cores=1,4 check=1
#include "base/atomic.h"
#include "base/config.h"
#include "room.h"
#include "sched/core.h"
#include "sched/stack.h"
#include "test.h"

enum { MANY = 300, YIELDS = 1000, LARGE = 10 };

static struct waitgroup done;
static chan(int) gate;
static uint32_t stop; /* atomic */

static struct go_core_stats sum(const struct go_stats *stats)
{
	struct go_core_stats all = {0};

	for (unsigned i = 0; i < stats->cores; i++) {
		all.runs += stats->core[i].runs;
		all.switches += stats->core[i].switches;
		all.steals += stats->core[i].steals;
		all.preemptions += stats->core[i].preemptions;
		all.refused += stats->core[i].refused;
		all.idle += stats->core[i].idle;
	}
	return all;
}

static struct go_core_stats sum_now(void)
{
	struct go_stats stats = go_stats_read();

	return sum(&stats);
}

static void alone(void)
{
	while (go_count() != 1)
		go_yield();
}

static void shape(void)
{
	go_time before = go_now();
	struct go_stats stats = go_stats_read();
	struct go_core_stats all = sum(&stats);

	check(stats.cores == go_cores());
	check(stats.uptime >= before && stats.uptime <= go_now());
	check(stats.stacks >= go_count() && stats.stacks_peak >= stats.stacks);
	check(stats.frames >= stats.cores && stats.frames_peak >= stats.frames);
	check(CONFIG_CHECK || all.refused == 0);
	check(all.idle >= 0 && all.idle <= stats.cores * stats.uptime);
	for (unsigned i = stats.cores; i < 16; i++) {
		const struct go_core_stats *row = &stats.core[i];

		check(row->runs == 0 && row->switches == 0 && row->steals == 0 &&
		      row->preemptions == 0 && row->refused == 0 && row->idle == 0);
	}
}

static void nothing(void)
{
	wg_done(&done);
}

/* A goroutine that ends is a run, and at least a switch. */
static void runs(void)
{
	struct go_core_stats before = sum_now(), after;
	unsigned many = room_for(2 * MANY) / 2; /* the others need memory too */

	wg_add(&done, many);
	for (unsigned i = 0; i < many; i++)
		go(nothing);
	wg_wait(&done);
	alone();
	after = sum_now();
	check(after.runs == before.runs + many);
	check(after.switches >= before.switches + many);
}

static void yields(void)
{
	for (unsigned i = 0; i < YIELDS; i++)
		go_yield();
	wg_done(&done);
}

/* Two that yield on one core switch each time, and that core counts them. */
static void switches(void)
{
	unsigned last = go_cores() - 1;
	uint64_t before = go_stats_read().core[last].switches;

	wg_add(&done, 2);
	go_with(go_attr(.core = (int)last), yields);
	go_with(go_attr(.core = (int)last), yields);
	wg_wait(&done);
	check(go_stats_read().core[last].switches >= before + 2 * YIELDS);
	alone();
}

static void held(void)
{
	chan_recv(gate, NULL);
	wg_done(&done);
}

/* A stack that is not of the default size goes back when its goroutine ends. Where stacks grow, one
 * that fits takes the slot of a default one: so this one is larger. */
static void stacks(void)
{
	struct go_stats before = go_stats_read(), during, after;

	gate = chan_make(int, 0);
	wg_add(&done, LARGE);
	for (unsigned i = 0; i < LARGE; i++)
		go_with(go_attr(.stack = GROW_RANGE ? GROW_RANGE + 4096 : 4096), held);
	during = go_stats_read();
	chan_close(gate);
	wg_wait(&done);
	alone();
	do {
		go_yield();
		after = go_stats_read();
		/* who ends is counted before its stack is given back */
	} while (after.stacks != before.stacks);
	check(during.stacks == before.stacks + LARGE && during.stacks_peak >= during.stacks);
	check(after.stacks_peak == during.stacks_peak);
	chan_free(gate);
}

static uintptr_t take_stack(void)
{
	unsigned long was = arch_irq_off();
	uintptr_t stack = stack_get(CONFIG_STACK_MAX);

	arch_irq_restore(was);
	return stack;
}

static void give_stack(uintptr_t stack)
{
	unsigned long was = arch_irq_off();

	stack_put(stack, CONFIG_STACK_MAX);
	arch_irq_restore(was);
}

/* A stack for which there is no memory is not counted. */
static void no_stacks(void)
{
	uint64_t before = go_stats_read().stacks;
	uintptr_t all = 0, stack;

	while ((stack = take_stack())) {
		*(uintptr_t *)stack = all;
		all = stack;
	}
	for (; all; all = stack) {
		stack = *(uintptr_t *)all;
		give_stack(all);
	}
	check(go_stats_read().stacks == before);
}

static void spin(void)
{
	while (!load_relaxed(&stop))
		;
	wg_done(&done);
}

/* Of two that spin on a core one is always preempted, and has a frame. */
static void preemptions(void)
{
	unsigned last = go_cores() - 1;
	struct go_stats before = go_stats_read(), now;

	store_relaxed(&stop, 0);
	wg_add(&done, 2);
	go_with(go_attr(.core = (int)last), spin);
	go_with(go_attr(.core = (int)last), spin);
	do {
		go_sleep(ms(5));
		now = go_stats_read();
	} while (now.core[last].preemptions < before.core[last].preemptions + 5);
	check(now.frames > now.cores && now.frames_peak >= now.frames);
	store_relaxed(&stop, 1);
	wg_wait(&done);
	alone();
}

/* Work that one core makes is stolen by another, if there is one; but a ring of two spills, and
 * then all may have been taken from the global queue. */
static void steals(void)
{
	uint64_t before = sum_now().steals;

	do {
		store_relaxed(&stop, 0);
		wg_add(&done, go_cores());
		for (unsigned i = 0; i < go_cores(); i++)
			go(spin);
		go_sleep(ms(1));
		store_relaxed(&stop, 1);
		wg_wait(&done);
	} while (go_cores() > 1 && sum_now().steals == before);
	check((sum_now().steals > before) == (go_cores() > 1));
	alone();
}

/* While all sleep all cores are idle, but for handling what wakes them. Another core may stand still
 * between its look at the clock and the counter, so a difference has an upper bound on one core
 * only; the sum has one on all (shape). */
static void idle(void)
{
	go_time start = go_now(), before = sum_now().idle, slept = go_now(), idled, all;

	go_sleep(ms(50));
	slept = go_now() - slept;
	idled = sum_now().idle - before;
	all = go_now() - start;
	check(idled >= slept * go_cores() / 2);
	check(go_cores() > 1 || idled <= all + us(1));
}

int main(void)
{
	struct spinlock masked = {0};

	shape();
	runs();
	switches();
	stacks();
	no_stacks();
	preemptions();
	steals();
	idle();
	spin_lock(&masked); /* as a handler would */
	shape();
	spin_unlock(&masked);
	return test_done();
}

// test: cflags="-include tests/unit/explore/one_lock.h -iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -ffunction-sections -Wl,--gc-sections -DCONFIG_CORES=4 -DCONFIG_IRQ_LINES=32 -DCONFIG_RING=4 -DCONFIG_BATCH=2" watched="kernel/report/deadlock.c kernel/sched/idle.c kernel/sched/global.c kernel/sched/runq.c kernel/sched/irq.c kernel/sched/timer.c kernel/sync/irq_chan.c tests/unit/explore_deadlock.c" sources="kernel/sched/core.c kernel/base/clock.c tests/unit/explore/machine.c tests/unit/explore/explore.c"
// weaken: kernel/report/deadlock.c:S5,S7 kernel/sched/idle.c:S6 kernel/sched/heap.h:T1 kernel/sched/global.c:S8 kernel/sched/irq.c:S9,S10,S13,S14
// spare: nothing_can_wake S7 S1 load_acquire -> load_relaxed, of the global queue: as pinned.n, but it takes more cores
// mutant: kernel/report/deadlock.c: return load_relaxed(&idle.wakes) == before => return true
// mutant: kernel/report/deadlock.c: (1u << core_count) - 1 || irq_may_wake(irq_chan_waited) => (1u << core_count) - 1
// mutant: kernel/sched/irq.c: return any && any_waited(waited); => return any_waited(waited) && false;
// mutant: kernel/sync/irq_chan.c: waited = load_relaxed(&c->state) & CHAN_RECEIVERS_BIT; => waited = false;
/* The check for a deadlock: every execution of cores that sleep and are woken by timers, by a device
 * and by each other. They sleep and wake by search.c, with the check of deadlock.c; but a core
 * looks for work only among those that are pinned to it. Goroutines nap and start each other, and
 * one says when all is done: a report that all are asleep must not come before. */
#include <setjmp.h>
#include "base/atomic.h"
#include "board.h"
#include "sched/global.h"
#include "sched/limit.h"
#include "memory/mem.h"
#include "base/panic.h"
#include "sched/sched.h"
#include "sched/slice.h"
#include "sched/preempt.h"
#include "sched/search.c"
#include "sync/chan.h"
#include "machine.h"

enum { LINE = 1, RINGS = 1 };

static struct timer_node node[EXPLORE_THREADS];
static jmp_buf reported[EXPLORE_THREADS];
static bool due[EXPLORE_THREADS]; /* an interrupt is pending at each core */
static unsigned rings;            /* of core 0: how often the device will interrupt */
static void (*next[EXPLORE_THREADS])(struct g *); /* what each goroutine does when it runs again */

/* What is so, whoever knows of it: not for the eyes of the explorer. */
#define truth __attribute__((no_sanitize("thread"), __noinline__))
static bool is_finished, is_reported;

static truth void finish(void)
{
	is_finished = true;
}

static truth void report(void)
{
	explore_assert(is_finished);
	is_reported = true;
}

/* The arch and the board, as far as machine.c leaves them open. */

bool machine_pending(void)
{
	return due[arch_core()->index];
}

/* A timer or the device will interrupt this core: it does, at any time. */
void machine_idle(void)
{
	struct core *core = arch_core();

	if (core->timers.first == UINT64_MAX && !(core->index == 0 && rings)) {
		explore_sleep();
		return;
	}
	due[core->index] = true;
}

void board_interrupt(void)
{
	struct core *core = arch_core();

	if (!due[core->index])
		return;
	due[core->index] = false;
	if (core->timers.first == UINT64_MAX) {
		rings--;
		kernel_irq(LINE);
		return;
	}
	machine_time[core->index] = core->timers.first;
	kernel_tick();
}

void board_wake(unsigned core)
{
	explore_signal(core);
}

void panic_deadlock(void)
{
	report();
	longjmp(reported[explore_self()], 1);
}

/* Goroutines. What one does ends in a wait. */

static void wait_for(struct g *g, enum why why, void (*then)(struct g *))
{
	g->why = why;
	g->context.pc = (uintptr_t)g;
	next[g - goroutine] = then;
}

static void nap(struct g *g, void (*then)(struct g *))
{
	wait_for(g, G_SLEEP, then);
	store_relaxed(&g->claim, CLAIM_OPEN);
	timer_start(&node[g - goroutine], g, arch_cycles() + 1);
}

static void finished(struct g *g)
{
	finish();
	wait_for(g, G_FOREVER, 0);
}

static void naps_once_more(struct g *g)
{
	nap(g, finished);
}

static void detaches(struct g *g)
{
	irq_detach(LINE);
	finished(g);
}

/* Cores. */

static struct g *look(struct core *core)
{
	struct g *g = core->woken;

	if (g)
		core->woken = g->next;
	else
		g = global_take_pinned(core);
	if (g)
		explore_assert(g->context.pc == (uintptr_t)g);
	return g;
}

static void search_and_run(struct core *core)
{
	struct g *g;

	for (;;) {
		while (!(g = look(core)))
			sleep_unless_work(core);
		idle_found(core->index);
		next[g - goroutine](g);
		idle_search();
	}
}

/* Asleep at the start. */
static void core_asleep(void)
{
	struct core *core = arch_core();

	if (setjmp(reported[core->index]))
		return;
	doze(core, idle_leave);
	search_and_run(core);
}

/* Has run until now. */
static void core_awake(void)
{
	struct core *core = arch_core();

	if (!setjmp(reported[core->index]))
		search_and_run(core);
}

static void begin(unsigned ncores, uint32_t asleep)
{
	machine_init();
	core_count = ncores;
	idle = (struct idle){asleep, ncores - __builtin_popcount(asleep), 0};
	global = (struct gqueue){0};
	limit = (struct limit){.cores = ncores};
	rings = 0;
	is_finished = is_reported = false;
	for (unsigned i = 0; i < EXPLORE_THREADS; i++) {
		due[i] = false;
		next[i] = 0;
		cores[i].g = 0;
		cores[i].stats.idle = 0;
	}
}

static void starts_pinned(struct g *g)
{
	wait_for(&goroutine[1], G_RUNNABLE, finished);
	goroutine[1].pin = 1;
	global_put(&goroutine[1]);
	wait_for(g, G_FOREVER, 0);
}

/* Core 0 sleeps, core 1 runs a goroutine that starts one which is pinned to core 0. */
static void init_pinned_for(uint32_t asleep)
{
	begin(2, asleep);
	goroutine[0].context.pc = (uintptr_t)&goroutine[0];
	cores[1].woken = &goroutine[0];
	next[0] = starts_pinned;
}

static void init_pinned(void)
{
	init_pinned_for(1);
}

/* The same, and core 0 is about to sleep. */
static void init_pinned_late(void)
{
	init_pinned_for(0);
}

/* Core 0 sleeps, and a device will interrupt it, whose handler readies a goroutine. */
static void handler(void *arg)
{
	(void)arg;
	woken_by_interrupt(arch_core(), &goroutine[0]);
}

static void begin_with_line(void)
{
	static bool attached;

	begin(2, 1);
	if (attached)
		irq_detach(LINE);
	attached = true;
	rings = 1;
}

static void init_device(void)
{
	begin_with_line();
	irq_attach(LINE, handler, 0, IRQ_FEEDS);
	wait_for(&goroutine[0], G_RECV, detaches);
}

/* The same, and the device's line has a channel, from which a goroutine receives twice. */

static struct channel channel;

static void waits_on_the_channel(struct g *g, void (*then)(struct g *))
{
	wait_for(g, G_RECV, then);
	chan_lock(&channel);
	store_relaxed(&channel.state, CHAN_RECEIVERS_BIT);
	chan_unlock(&channel);
}

/* The device rings again, which it cannot before its line is unmasked. */
static void receives_again(struct g *g)
{
	waits_on_the_channel(g, finished);
	irq_done(LINE);
	rings++;
}

enum chan_result chan_try_send_from(struct channel *c, const void *time)
{
	bool waited;

	(void)time;
	chan_lock(c);
	waited = load_relaxed(&c->state);
	store_relaxed(&c->state, 0);
	chan_unlock(c);
	explore_assert(waited);
	woken_by_interrupt(arch_core(), &goroutine[0]);
	return CHAN_OK;
}

struct channel *chan_new(size_t size, enum chan_kind kind, size_t n, bool must)
{
	(void)size, (void)kind, (void)n, (void)must;
	channel = (struct channel){0};
	return &channel;
}

static void init_channel(void)
{
	begin_with_line();
	irq_chan(LINE, 1);
	channel.state = CHAN_RECEIVERS_BIT;
	wait_for(&goroutine[0], G_RECV, receives_again);
}

/* Core 0's timer will wake a goroutine that naps once more. */
static void init_nap(void)
{
	begin(2, 3);
	nap(&goroutine[0], naps_once_more);
}

static bool over(void)
{
	return is_finished && is_reported;
}

/* What is not here. */

struct limit limit;

void interrupts_handle(struct core *core)
{
	(void)core;
	board_interrupt();
}

void watch(struct core *core, uint64_t now)
{
	(void)core, (void)now;
}

void watch_from(struct core *core, uint64_t now, uint64_t ticks)
{
	(void)core, (void)now, (void)ticks;
}

void alarm_by(struct core *core, uint64_t end)
{
	(void)core, (void)end;
}

void arch_frame_keep(struct arch_frame *frame)
{
	(void)frame;
}

void arch_frame_unkeep(const struct arch_frame *frame)
{
	(void)frame;
}

void board_irq(unsigned line, unsigned core, bool on)
{
	(void)line, (void)core, (void)on;
}

static const struct explore_scenario scenarios[] = {
    {.name = "one naps, both sleep",
     .init = init_nap,
     .thread = {core_asleep, core_asleep},
     .stuck = over},
    {.name = "one starts another, which is pinned",
     .init = init_pinned,
     .thread = {core_asleep, core_awake},
     .stuck = over},
    {.name = "the same, to a core that is about to sleep",
     .init = init_pinned_late,
     .thread = {core_awake, core_awake},
     .stuck = over},
    {.name = "a device", .init = init_device, .thread = {core_asleep, core_awake}, .stuck = over},
    {.name = "a device with a channel",
     .init = init_channel,
     .thread = {core_asleep, core_awake},
     .stuck = over},
};

int main(void)
{
	return machine_explore(init_nap, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

// test: sanitize=thread,address seeds=1,2 cflags="-iquote tests/unit/host -ffunction-sections -Wl,--gc-sections" sources=kernel/sched/timer.c
/* The timer heaps: each core starts, cancels and expires timers of its own at random, and a list of
 * them says what must expire and in which order. Others it hands to another core, which cancels
 * them while they may expire, and frees them: a claim is either seen after the cancel or never
 * comes. */
#include <stdarg.h>
#include "sched/core.h"
#include "sched/pick.h"
#include "memory/mem.h"
#include "base/panic.h"
#include "sched/sched.h"
#include "unit.h"

enum { CORES = 3, SLEEPERS = 600, STEPS = 12000, FAR = 1000 };

struct sleeper {
	struct g g; /* first: a heap knows no more of it */
	struct timer_node timer;
	bool waits, given; /* given: to a canceller */
	/* atomic: a given one: its canceller, as its goroutine would, goes on after that */
	uint32_t readied;
};

struct core cores[CONFIG_CORES];
uint32_t panic_core;
char core_stacks[CONFIG_CORES][CONFIG_CORE_STACK];
_Thread_local struct host_core *host_core;
static struct host_core host[CORES];
static struct sleeper *mail[CORES]; /* atomic: for each core to cancel, from the one before */
/* atomic: of given ones that were readied, and threads that have ended */
static uint32_t timeouts[CORES], ends;
static _Thread_local struct sleeper own[SLEEPERS];
static _Thread_local uint64_t last; /* when the timer expired that did so last */

/* What the heaps ask of the rest of the kernel. */

static void ready_one(struct g *g)
{
	struct sleeper *s = (struct sleeper *)g;

	must(g->claim == CLAIM_TAKEN && g->result == RESULT_TIMEOUT);
	must(s->timer.when >= last);
	last = s->timer.when;
	must(s->waits);
	if (!s->given) {
		s->waits = false;
		return;
	}
	fetch_add_relaxed(&timeouts[s->timer.core], 1);
	store_release(&s->readied, 1);
}

void put_away(struct g *g)
{
	(void)g;
	must(!"no core is off duty");
}

void arch_call_on(uintptr_t stack, void *stack_top, void (*fn)(void *), void *arg)
{
	(void)stack, (void)stack_top;
	fn(arg);
}

static _Thread_local uint64_t host_now;

uint64_t host_clock(void)
{
	return host_now;
}

void board_alarm(uint64_t when)
{
	(void)when;
}

void *mem_pages(unsigned order)
{
	return malloc((size_t)PAGE_SIZE << order);
}

void lock_wait(struct lock *l, enum rank rank)
{
	(void)rank;
	while (!lock_try(l))
		usleep(0);
}

void panic_stop(void)
{
	must(!"a panic");
}

void host_relax(void)
{
	usleep(0);
}

void panic(const char *format, ...)
{
	(void)format;
	must(!"a panic");
	abort();
}

static void start(struct sleeper *s, uint64_t when)
{
	s->waits = true;
	store_relaxed(&s->g.claim, CLAIM_OPEN);
	timer_start(&s->timer, &s->g, when);
	must(arch_core()->alarm <= when);
}

/* Of this core's own sleepers. */

static uint64_t first(void)
{
	uint64_t when = UINT64_MAX;

	for (unsigned i = 0; i < SLEEPERS; i++)
		if (own[i].waits && own[i].timer.when < when)
			when = own[i].timer.when;
	return when;
}

/* Expires all that is due, and nothing else. */
static void expire(struct core *core, uint64_t now)
{
	last = 0;
	while (core->timers.first <= now) {
		host_now = now;
		kernel_tick();
		must(core->alarm == core->timers.first);
		if (core->woken)
			ready_one(core->woken);
		core->woken = 0;
	}
	must(last <= now);
	must(first() > now);
	must(core->timers.first <= first());
}

static void start_or_cancel(struct sleeper *s, uint64_t now, uint32_t *chance)
{
	if (!s->waits) {
		start(s, now + rand_below(chance, FAR));
		return;
	}
	timer_cancel(&s->timer);
	must(s->g.claim == CLAIM_OPEN);
	s->waits = false;
}

/* Given ones. */

static void give(unsigned to, uint64_t when)
{
	struct sleeper *s;

	if (load_acquire(&mail[to]))
		return;
	s = calloc(1, sizeof(*s));
	s->given = true;
	start(s, when);
	store_release(&mail[to], s);
}

/* It may expire until the cancel returns; if it has not, it will not. Then it is gone. */
static unsigned cancel_given(unsigned me)
{
	struct sleeper *s = load_acquire(&mail[me]);
	unsigned timed_out;

	if (!s)
		return 0;
	timer_cancel(&s->timer);
	timed_out = s->g.claim == CLAIM_TAKEN;
	must(s->g.result == (timed_out ? RESULT_TIMEOUT : 0));
	while (timed_out && !load_acquire(&s->readied))
		usleep(0);
	free(s);
	store_release(&mail[me], (struct sleeper *)0);
	return timed_out;
}

static uint32_t seen; /* atomic: timeouts that cancellers found */

static void *core(void *arg)
{
	unsigned me = (uintptr_t)arg, timed_out = 0;
	uint32_t chance = unit_chance(me);
	uint64_t now = 0;

	host_core = &host[me];
	for (unsigned step = 0; step < STEPS; step++) {
		start_or_cancel(&own[rand_below(&chance, SLEEPERS)], now, &chance);
		if (rand_below(&chance, 4) == 0)
			give((me + 1) % CORES, now + rand_below(&chance, FAR / 20));
		if (rand_below(&chance, 4) == 0)
			timed_out += cancel_given(me);
		if (rand_below(&chance, 16) == 0)
			expire(&cores[me], now += rand_below(&chance, FAR / 8));
		unit_shuffle(&chance);
	}
	fetch_add_acq_rel(&ends, 1);
	while (load_acquire(&ends) < CORES || load_acquire(&mail[me])) {
		timed_out += cancel_given(me);
		usleep(0);
	}
	fetch_add_relaxed(&seen, timed_out);
	expire(&cores[me], UINT64_MAX - 1);
	must(cores[me].timers.n == 0 && cores[me].timers.first == UINT64_MAX);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned readied = 0;

	unit_begin(argc, argv);
	for (unsigned i = 0; i < CORES; i++) {
		cores[i].index = i;
		cores[i].alarm = UINT64_MAX;
		host[i].core = &cores[i];
		timer_init(&cores[i].timers);
	}
	unit_threads(core, CORES);
	for (unsigned i = 0; i < CORES; i++)
		readied += timeouts[i];
	printf("%u of the given ones timed out\n", readied);
	must(readied == seen && readied > 0);
	return 0;
}

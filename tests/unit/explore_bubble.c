// test: cflags="-include tests/unit/explore/one_lock.h -iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -DCONFIG_CORES=4" watched="kernel/sync/waitq.c kernel/sched/timer.c tests/unit/explore/goroutines.c tests/unit/explore_bubble.c" sources="kernel/sched/core.c kernel/base/clock.c tests/unit/explore/machine.c tests/unit/explore/explore.c"
// weaken: kernel/sync/bubble.c:B1,B2
// mutant: kernel/sync/bubble.c: while (load_acquire(&b->running) > 1) => while (load_acquire(&b->running) > 2)
// mutant: kernel/sync/bubble.c: runs(b, g); => ;
// mutant: kernel/sync/bubble.c: case G_MUTEX: => case -1:
/* The count of a bubble: every execution of a keeper and two goroutines that sleep, wake each other, wait
 * with a limit that runs out, or for somebody outside, and end. The clock is plain memory: a clock that moves
 * while a goroutine runs is a data race, and a keeper that nobody readies is stuck. */
#include "sync/bubble.c"
#include "sync/go_bubble.c"
#include "goroutines.h"
#include "sync/waitq.h"

static struct bubble bubble;
static struct go_waitq line;
static struct go_waiter waiter[EXPLORE_THREADS];
static bool come, ended[EXPLORE_THREADS];

#define me explore_self()

const char *const why_name[] = {[0 ... G_BUBBLE] = "waits"};

void mem_pages_free(void *page, unsigned order)
{
	(void)page, (void)order;
}

static void init(void)
{
	goroutines_init();
	bubble = (struct bubble){
	    .running = 3, .living = 2, .number = 1, .keeper = &goroutine[0], .now = 0};
	grow(&bubble.timers);
	line = (struct go_waitq){0};
	come = false;
	for (unsigned i = 0; i < EXPLORE_THREADS; i++) {
		goroutine[i].preempt_off = BUBBLED;
		goroutine[i].top->bubble = &bubble;
		waiter[i] = (struct go_waiter){0};
		ended[i] = false;
	}
}

static void keeper(void)
{
	bubble_keep(&bubble);
	explore_assert(ended[1] && ended[2] && bubble.running == 1);
}

static void end(void)
{
	ended[me] = true;
	bubble_left(&bubble);
}

static void sleep_until(go_time then)
{
	go_sleep(then - go_now());
	explore_assert(go_now() == then);
}

static void sleeps_3(void)
{
	sleep_until(3);
	end();
}

static void sleeps_2(void)
{
	sleep_until(2);
	end();
}

/* Waits in line, until `then` at the latest. True: was woken. */
static bool wait_until(enum why why, uint64_t then)
{
	waitq_lock(&line);
	if (come) {
		waitq_unlock(&line);
		return true;
	}
	waitq_wait(&line, why, &waiter[me], then);
	if (goroutine[me].result != RESULT_TIMEOUT)
		return true;
	waitq_lock(&line);
	waitq_leave(&line, &waiter[me]);
	waitq_unlock(&line);
	return false;
}

static void wake(void)
{
	struct go_waiter *w;

	waitq_lock(&line);
	come = true;
	w = waitq_claim(&line);
	waitq_unlock(&line);
	if (w)
		ready(w->g, 0);
}

static void waits(void)
{
	explore_assert(wait_until(G_COND, NEVER) && go_now() == 0);
	sleep_until(1);
	end();
}

static void wakes_at_once(void)
{
	wake();
	sleep_until(2);
	end();
}

static void waits_until_2(void)
{
	explore_assert(!wait_until(G_COND, 2) && go_now() == 2);
	end();
}

static void waits_for_the_rest(void)
{
	go_bubble_wait();
	explore_assert(ended[2] && go_now() == 0);
	end();
}

/* A goroutine outside ends the wait. It is not counted, so the clock stands. */
static void init_outside(void)
{
	init();
	bubble.running = 2;
	bubble.living = 1;
	goroutine[2].preempt_off = 0;
	goroutine[2].top->bubble = 0;
	ended[2] = true;
}

static void waits_for_outside(void)
{
	explore_assert(wait_until(G_MUTEX, NEVER) && go_now() == 0);
	end();
}

static const struct explore_scenario scenarios[] = {
    {.name = "two sleep", .thread = {keeper, sleeps_3, sleeps_2}},
    {.name = "one wakes the other", .thread = {keeper, waits, wakes_at_once}},
    {.name = "a limit runs out", .thread = {keeper, waits_until_2, end}},
    {.name = "one waits until the other has ended", .thread = {keeper, waits_for_the_rest, end}},
    {.name = "one waits for somebody outside",
     .init = init_outside,
     .thread = {keeper, waits_for_outside, wake}},
};

int main(void)
{
	return machine_explore(init, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}

// test: sanitize=thread,address seeds=1,2 cflags="-iquote tests/unit/host" sources=kernel/sched/idle.c
/* Sleep and wake: threads as cores that search for work, sleep when there is none and are woken.
 * Each piece of work needs a core of its own until the round ends, as in explore_idle.c, so that
 * nobody comes by later and repairs a lost wake: the watchdog then finds work that nobody takes.
 * Between rounds all sleep, and nobody is counted that does not search. */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include "board.h"
#include "sched/idle.h"
#include "unit.h"

enum { CORES = 4, ROUNDS = 3000, PATIENCE = 10 };

static uint32_t queue; /* atomic: pieces in it */
static uint32_t taken,
    round_now; /* atomic: pieces that a core holds; they let go of them when the round changes */
static uint32_t pending[CORES]; /* atomic: an interrupt is */
static uint32_t over;           /* atomic */
static uint64_t written;        /* by the maker of a round's first piece, before it */

/* A bare futex and relaxed: what a woken core sees, idle.c has ordered. */
void board_wake(unsigned core)
{
	store_relaxed(&pending[core], 1);
	syscall(SYS_futex, &pending[core], FUTEX_WAKE_PRIVATE, 1);
}

static void wait_for_interrupt(unsigned core)
{
	while (!swap_acquire(&pending[core], 0))
		syscall(SYS_futex, &pending[core], FUTEX_WAIT_PRIVATE, 0, 0);
}

/* Slow at times: what comes between this look and what the core does about it must not be lost. */
bool idle_work(unsigned core)
{
	static _Thread_local uint32_t chance;
	bool work = load_full(&queue) != 0;

	if (!chance)
		chance = unit_chance(50 + core);
	unit_shuffle(&chance);
	return work;
}

static bool look(void)
{
	uint32_t n = load_acquire(&queue);

	return n && cas_acquire(&queue, n, n - 1);
}

static void make(void)
{
	fetch_add_full(&queue, 1);
	idle_notify();
}

/* Until the round ends. */
static void hold(uint32_t *chance, uint32_t mine)
{
	must(written == mine);
	if (rand_below(chance, 2))
		unit_shuffle(chance);
	fetch_add_acq_rel(&taken, 1);
	while (load_acquire(&round_now) == mine)
		usleep(0);
}

static void *core(void *arg)
{
	unsigned me = (uintptr_t)arg;
	uint32_t chance = unit_chance(me);

	idle_search();
	while (!load_acquire(&over)) {
		if (look()) {
			uint32_t mine = load_acquire(&round_now);

			idle_found(me);
			hold(&chance, mine);
			idle_search();
			continue;
		}
		unit_shuffle(&chance);
		if (idle_enter(me)) {
			wait_for_interrupt(me);
			unit_shuffle(&chance);
			idle_leave(me);
		}
	}
	return 0;
}

/* Fails, and says what it waited for, when that takes too long. */
static void until(bool (*good)(uint32_t), uint32_t n, const char *what)
{
	time_t end = time(0) + PATIENCE;

	while (!good(n)) {
		if (time(0) > end) {
			printf("seed %u, round %u: %s: %u pieces queued, %u of %u taken, cores "
			       "asleep %#x, %u searching\n",
			       unit_seed, load_relaxed(&round_now), what, load_relaxed(&queue),
			       load_relaxed(&taken), n, load_relaxed(&idle.cores),
			       load_relaxed(&idle.searching));
			fflush(stdout);
			_exit(1);
		}
		usleep(0);
	}
}

static bool all_taken(uint32_t n)
{
	return load_acquire(&taken) == n;
}

static bool all_asleep(uint32_t n)
{
	return load_acquire(&idle.cores) == n && load_acquire(&idle.searching) == 0;
}

static void *maker(void *arg)
{
	uint32_t chance = unit_chance(100), n;

	(void)arg;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		if (rand_below(&chance, 2))
			until(all_asleep, (1 << CORES) - 1, "not all sleep");
		written = i;
		n = 1 + rand_below(&chance, CORES);
		for (uint32_t made = 0; made < n; made++) {
			make();
			unit_shuffle(&chance);
			if (rand_below(&chance, 4) == 0)
				board_wake(rand_below(&chance, CORES)); /* a device */
		}
		until(all_taken, n, "a wake is lost");
		store_relaxed(&taken, 0);
		store_release(&round_now, i + 1);
	}
	store_release(&over, 1);
	for (unsigned i = 0; i < CORES; i++)
		board_wake(i);
	return 0;
}

static void *either(void *arg)
{
	return (uintptr_t)arg == CORES ? maker(arg) : core(arg);
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv);
	unit_threads(either, CORES + 1);
	return 0;
}

/* The slow and the suspicious parts of a spinlock: see lock.h. */
#include "memory/lock.h"
#include "arch.h"
#include "base/clock.h"
#include "base/panic.h"

static const char *const rank_name[] = {
    [RANK_NONE] = "none",   [RANK_ALARM] = "ALARM", [RANK_CHAN] = "CHAN", [RANK_SYNC] = "SYNC",
    [RANK_TIMER] = "TIMER", [RANK_SCHED] = "SCHED", [RANK_POOL] = "POOL", [RANK_ARENA] = "ARENA",
    [RANK_PAGES] = "PAGES", [RANK_OUT] = "OUT",
};

/* The core that ends the program goes on without the lock: its holder may have stopped. It calls
 * nothing else, so no path needs stack for it.
 * Context: any, masked. */
leaf void lock_wait(struct lock *l, enum rank rank)
{
	uint64_t since = CONFIG_CHECK ? arch_cycles() : 0;

	do {
		while (load_relaxed(&l->word)) {
			if (unlikely(panic_begun()))
				return panic_stop();
			arch_relax();
			if (CONFIG_CHECK && clock_ns(arch_cycles() - since) > CONFIG_OVERDUE_NS)
				panic("lock: %s %p is not released: its holder waits for "
				      "something, or the memory of the lock was overwritten",
				      rank_name[rank], (void *)l);
		}
	} while (!lock_try(l));
}

/* Context: any, masked. */
void lock_checked(struct lock *l, enum rank rank)
{
	struct held *held = core_held();
	unsigned n = held->n;

	assert_that(arch_irq_masked(), "lock: %s taken with interrupts on", rank_name[rank]);
	if (n && held->rank[n - 1] >= rank)
		panic("lock: %s %p taken while holding %s %p: ranks must rise (lock.h)",
		      rank_name[rank], (void *)l, rank_name[held->rank[n - 1]],
		      (void *)held->lock[n - 1]);
	assert_that(n < 16, "lock: more than 16 locks held at once");
	held->lock[n] = l;
	held->rank[n] = rank;
	held->n = n + 1;
}

/* Locks are let go in any order.
 * Context: any, masked. */
void unlock_checked(struct lock *l)
{
	struct held *held = core_held();
	unsigned i = held->n;

	while (i > 0 && held->lock[i - 1] != l)
		i--;
	assert_that(i > 0, "lock: %p released by a core that does not hold it", (void *)l);
	held->n--;
	for (; i <= held->n; i++) {
		held->lock[i - 1] = held->lock[i];
		held->rank[i - 1] = held->rank[i];
	}
}

/* Context: any, masked. */
void lock_none_held(const char *what)
{
	const struct held *held = core_held();

	assert_that(held->n == 0, "lock: %s while holding %s %p", what,
	            rank_name[held->rank[held->n - 1]], (void *)held->lock[held->n - 1]);
}

/* In place of kernel/memory/lock.h: a lock is one operation of the engine, where the spinning of a real one,
 * which explore_lock.c explores, would only add states. Included before all else. */
#ifndef SKEIN_LOCK_H
#define SKEIN_LOCK_H
#include "explore.h"
#include "base/hot.h"

enum rank {
	RANK_NONE,
	RANK_ALARM,
	RANK_CHAN,
	RANK_SYNC,
	RANK_TIMER,
	RANK_SCHED,
	RANK_POOL,
	RANK_PAGES,
	RANK_OUT
};

struct lock {
	uint32_t word;
};

static inline void lock(struct lock *l, enum rank rank)
{
	(void)rank;
	explore_lock(&l->word);
}

static inline void unlock(struct lock *l)
{
	explore_unlock(&l->word);
}

static inline void unlock_tried(struct lock *l)
{
	explore_unlock(&l->word);
}

static inline bool lock_try(struct lock *l)
{
	return explore_call(EXPLORE_SWAP, EXPLORE_ACQUIRE, &l->word, sizeof(l->word), 1, 0,
	                    "l->word") == 0;
}

void lock_checked(struct lock *, enum rank);
void lock_none_held(const char *what);

struct held {
	unsigned n;
};
struct held *core_held(void);

#endif

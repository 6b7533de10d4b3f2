/* Channels, for the files that work on them: see chan.c. */
#ifndef SKEIN_CHAN_H
#define SKEIN_CHAN_H
#include "atomic.h"
#include "core.h"
#include "skein.h"

/* struct channel's state: how many values are buffered, and these. The value alone tells the
 * fast paths all they ask. */
#define CHAN_CLOSED_BIT 0x80000000u
#define CHAN_SENDERS_BIT 0x40000000u   /* senders are listed */
#define CHAN_RECEIVERS_BIT 0x20000000u /* receivers are listed */
#define CHAN_COUNT 0x1fffffffu

/* A try under the lock that wants to be tried again: let go of the lock and of the mask first. */
#define CHAN_RETRY ((enum chan_result)3)

static inline void chan_lock(struct channel *c)
{
	lock((struct lock *)&c->lock, RANK_CHAN);
}

static inline void chan_unlock(struct channel *c)
{
	unlock((struct lock *)&c->lock);
}

/* For the fast paths. False: lock_wait must follow. */
static inline bool chan_lock_try(struct channel *c)
{
	if (CONFIG_CHECK)
		lock_checked((struct lock *)&c->lock, RANK_CHAN);
	return lock_try((struct lock *)&c->lock);
}

struct wake; /* waiter.h */
/* under CHAN: the case, if it can be done now */
enum chan_result chan_do(struct chan_case *, struct wake *);
enum chan_result chan_attempt(struct chan_case *); /* the same, whole */

/* chan_copy.c */
void chan_copy(char *to, const char *from, size_t size);
/* what a receive from a closed channel yields */
void chan_zero(const struct channel *, char *value);

/* A8: what a partner will write to, before the operation masks. */
static inline void chan_touch(const struct channel *c, const void *value)
{
	if (value && c->size) {
		(void)*(const volatile char *)value;
		(void)((const volatile char *)value)[c->size - 1];
	}
}

/* Without the lock, a hint: exact when nobody else acts. */
static inline bool looks_ready(const struct channel *c, enum chan_direction d)
{
	uint32_t state = load_relaxed(&c->state);

	if (d == CHAN_RECEIVES)
		return state & ~CHAN_RECEIVERS_BIT;
	return (state & CHAN_COUNT) < c->capacity || state & (CHAN_RECEIVERS_BIT | CHAN_CLOSED_BIT);
}

#endif

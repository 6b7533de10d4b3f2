/* Channels, for the files that work on them: see chan.c. */
#ifndef SKEIN_CHAN_H
#define SKEIN_CHAN_H
#include "atomic.h"
#include "core.h"
#include "mem.h"
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

/* For the fast paths: where it fails, they begin again the general way. */
static inline bool chan_lock_try(struct channel *c)
{
	bool locked = lock_try((struct lock *)&c->lock);

	if (CONFIG_CHECK && locked)
		lock_checked((struct lock *)&c->lock, RANK_CHAN);
	return locked;
}

/* Under CHAN: what can be done now. CHAN_OK: *other, if any, is to be woken; CHAN_RETRY: it is to be
 * waited for; both when the lock is free. */
enum chan_result chan_do(struct channel *, enum chan_direction, void *value, struct g **other);
/* The same, whole. A value to receive is null or where chan_target has said. */
enum chan_result chan_attempt(struct channel *, enum chan_direction, void *value);

/* chan_copy.c */
void chan_copy(char *to, const char *from, size_t size);
/* what a receive from a closed channel yields */
void chan_zero(const struct channel *, char *value);

/* Where a value that may come can be received into, for what mem_holds does not know: value, or null.
 * Then it is dropped when it comes, and the receiver calls chan_miss. */
void *chan_target(const struct channel *, void *value);
/* the store that could not be made, by the goroutine that asked for it, unmasked: it faults */
void chan_miss(const struct channel *, void *value);

/* r, after that store if there is one to make. */
static inline enum chan_result chan_missed(const struct channel *c, const void *target, void *value,
                                           enum chan_result r)
{
	if (r != CHAN_NOT_READY && target != value)
		chan_miss(c, value);
	return r;
}

/* A8: what is about to be read or written masked, or by a partner. */
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

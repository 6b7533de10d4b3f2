/* Channels, for the files that work on them: see chan.c. */
#ifndef SKEIN_CHAN_H
#define SKEIN_CHAN_H
#include "base/atomic.h"
#include "memory/mem.h"
#include "sched/core.h"
#include "skein.h"

/* struct channel's state: the number of buffered values, and these bits. The state alone tells the
 * fast way what it needs. ASIDE sends every operation to the locked way: it is set when the channel
 * is closed or was made in a bubble. */
#define CHAN_ASIDE_BIT 0x80000000u
#define CHAN_BUBBLE_BIT 0x40000000u    /* made in a bubble: struct channel's `bubble` is valid */
#define CHAN_RECEIVERS_BIT 0x20000000u /* receivers are listed */
#define CHAN_SENDERS_BIT 0x10000000u   /* senders are listed */
#define CHAN_CLOSED_BIT 0x08000000u
#define CHAN_COUNT 0x07ffffffu

/* An operation under the lock is to be tried again: the caller unlocks and unmasks first. */
#define CHAN_RETRY ((enum chan_result)3)

typedef uintptr_t chan_word __attribute__((may_alias)); /* a value of the size of a pointer */

/* The index of the slot after slot i. */
static inline uint32_t chan_after(const struct channel *c, uint32_t i)
{
	return i + 1 == c->capacity ? 0 : i + 1;
}

static inline void *chan_slot(struct channel *c, uint32_t i)
{
	return c->buffer + (size_t)i * c->stride;
}

static inline void chan_lock(struct channel *c)
{
	lock((struct lock *)&c->lock, RANK_CHAN);
}

static inline void chan_unlock(struct channel *c)
{
	unlock((struct lock *)&c->lock);
}

/* Ends an operation that is done and has nobody to wake. */
static inline unsigned chan_leave(struct channel *c, unsigned long was)
{
	chan_unlock(c);
	arch_irq_restore(was);
	return CHAN_OK;
}

/* For the fast way: when it fails the operation begins again in the locked way. */
static inline bool chan_lock_try(struct channel *c)
{
	bool locked = lock_try((struct lock *)&c->lock);

	if (CONFIG_CHECK && locked)
		lock_checked((struct lock *)&c->lock, RANK_CHAN);
	return locked;
}

/* The operation without a wait: any element, any address. CHAN_NOT_READY: nothing was done. */
enum chan_result chan_attempt(struct channel *, enum chan_direction, void *value);

/* chan_locked.c: the operation from the start, with and without a wait. The stack has been touched,
 * and the value too if it is certain to be used. `end` is the tick until which the operation waits.
 * Null is for ever: the result is 1 then, or 0 for a receive from a closed channel. */
enum chan_result chan_locked_block(struct channel *, enum chan_direction, void *value,
                                   const uint64_t *end);
enum chan_result chan_locked_attempt(struct channel *, enum chan_direction, void *value);
/* Under CHAN: does what can be done now. After CHAN_OK the caller wakes *other, if any; after
 * CHAN_RETRY it waits for *other. It unlocks before both. */
enum chan_result chan_do(struct channel *, enum chan_direction, void *value, struct g **other);

/* chan_pass.c: ends of the fast way, entered masked and under CHAN. They copy, serve the first
 * waiter of the other direction if one is listed, and return CHAN_OK, unlocked and after
 * arch_irq_restore(was). */
unsigned chan_pass_sent(struct channel *, void *to, const void *value, unsigned long was);
unsigned chan_pass_received(struct channel *, void *value, const void *from, unsigned long was);
/* the same for slot i of the buffer */
unsigned chan_pass_in(struct channel *, uint32_t i, const void *value, unsigned long was);
unsigned chan_pass_out(struct channel *, void *value, uint32_t i, unsigned long was);
/* the same when the buffer is full: slot i is received, and the first sender's value put there */
unsigned chan_pass_both(struct channel *, void *value, uint32_t i, unsigned long was);

/* chan_wait.c: waits, entered masked and under CHAN, and returns unlocked and unmasked. The first
 * two wait for ever. */
unsigned chan_wait_send(struct channel *, const void *value);
unsigned chan_wait_recv(struct channel *, void *value);
enum chan_result chan_wait_until(struct channel *, enum chan_direction, void *value,
                                 const uint64_t *end);
/* chan_wait.c: waits where no partner can come, on a null channel or without a case. */
void chan_wait_for_nothing(go_time limit);

/* chan_copy.c */
void chan_copy(char *to, const char *from, size_t size);
/* stores what a receive from a closed channel yields */
void chan_zero(const struct channel *, char *value);

/* For an address that mem_holds does not know: returns value if a value can be received into it,
 * else null. With null a value that comes is dropped, and the receiver calls chan_miss. */
void *chan_target(const struct channel *, void *value);
/* Makes the store that was left out, in the goroutine that asked for it, unmasked: it faults. */
void chan_miss(const struct channel *, void *value);

/* Returns r, after the left-out store if there is one. */
static inline enum chan_result chan_missed(const struct channel *c, const void *target, void *value,
                                           enum chan_result r)
{
	if (r != CHAN_NOT_READY && target != value)
		chan_miss(c, value);
	return r;
}

/* A8: touches a value that is about to be read or written while masked, or by a partner. */
static inline void chan_touch(const struct channel *c, const void *value)
{
	if (value && c->size) {
		(void)*(const volatile char *)value;
		(void)((const volatile char *)value)[c->size - 1];
	}
}

/* A hint, without the lock: exact when nobody else acts on the channel. */
static inline bool looks_ready(const struct channel *c, enum chan_direction d)
{
	uint32_t state = load_relaxed(&c->state);

	if (d == CHAN_RECEIVES)
		return state & (CHAN_COUNT | CHAN_SENDERS_BIT | CHAN_CLOSED_BIT);
	return (state & CHAN_COUNT) < c->capacity || state & (CHAN_RECEIVERS_BIT | CHAN_CLOSED_BIT);
}

/* May chan_do do anything but return CHAN_NOT_READY? Under CHAN. */
static inline bool asks_for_look(const struct channel *c, enum chan_direction d)
{
	uint32_t state = c->state;

	if (d == CHAN_RECEIVES)
		return state & ~(CHAN_RECEIVERS_BIT | CHAN_BUBBLE_BIT);
	return (state & CHAN_COUNT) < c->capacity || state & (CHAN_RECEIVERS_BIT | CHAN_ASIDE_BIT);
}

#endif

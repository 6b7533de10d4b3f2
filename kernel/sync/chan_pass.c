/* The fast way's end for what it does not copy in line: a wide element, and one of two copies, out
 * of a full buffer and into it. The fast way (chan.c) jumps here masked and under the channel's
 * lock, when it knows where the value goes to or comes from: a slot of the buffer, or the variable
 * of the first waiter, which it has claimed. It uses the buffer only while nobody is listed. So a
 * waiter that is listed on the other side is the one to serve. */
#ifndef __OPTIMIZE_SIZE__ /* a kernel compiled for size has no fast way */
#include "sched/sched.h"
#include "sync/carry.h"
#include "sync/chan.h"
#include "sync/waiter.h"

/* The value has been copied. */
static inline unsigned leave(struct channel *c, enum chan_direction other, unsigned long was)
{
	struct chan_case *w = list_of(c, other)->first;

	return w ? leave_and_wake(c, other, w, w->g, was) : chan_leave(c, was);
}

/* Bytes are copied by a call, which takes a frame: so by a function of its own. */
static noinline unsigned pass_bytes(struct channel *c, void *to, const void *from,
                                    unsigned long was, enum chan_direction other)
{
	chan_copy(to, from, c->size);
	return leave(c, other, was);
}

static inline void copy(const struct channel *c, enum chan_kind kind, void *to, const void *from)
{
	if (kind & CHAN_BY_8)
		carry_eights(to, from, c->size);
	else if (kind & CHAN_WIDE)
		carry_words(to, from, c->size);
	else
		carry_small(kind, to, 0, from, 0);
}

/* `other` is the direction of whom this serves, if somebody waits. */
static inline unsigned pass(struct channel *c, void *to, const void *from, unsigned long was,
                            enum chan_direction other)
{
	enum chan_kind kind = (enum chan_kind)c->kind;

	if (unlikely(kind == CHAN_BYTES))
		return pass_bytes(c, to, from, was, other);
	copy(c, kind, to, from);
	return leave(c, other, was);
}

/* Context: any, masked, under CHAN. */
leaf noinline unsigned chan_pass_sent(struct channel *c, void *to, const void *value,
                                      unsigned long was)
{
	return pass(c, to, value, was, CHAN_RECEIVES);
}

/* Context: any, masked, under CHAN. */
leaf noinline unsigned chan_pass_received(struct channel *c, void *value, const void *from,
                                          unsigned long was)
{
	return pass(c, value, from, was, CHAN_SENDS);
}

/* Context: any, masked, under CHAN. */
leaf unsigned chan_pass_in(struct channel *c, uint32_t i, const void *value, unsigned long was)
{
	return chan_pass_sent(c, chan_slot(c, i), value, was);
}

/* Context: any, masked, under CHAN. */
leaf unsigned chan_pass_out(struct channel *c, void *value, uint32_t i, unsigned long was)
{
	return chan_pass_received(c, value, chan_slot(c, i), was);
}

/* Context: any, masked, under CHAN. */
noinline unsigned chan_pass_both(struct channel *c, void *value, uint32_t i, unsigned long was)
{
	enum chan_kind kind = (enum chan_kind)c->kind;
	void *oldest = chan_slot(c, i);

	if (unlikely(kind == CHAN_BYTES))
		chan_copy(value, oldest, c->size);
	else
		copy(c, kind, value, oldest);
	return chan_pass_received(c, oldest, c->senders.first->target, was);
}
#endif

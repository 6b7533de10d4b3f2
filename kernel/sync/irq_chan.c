/* Channels of interrupt lines: the handler of such a line tries to send.
 *
 * The handler of irq_chan sends the time. Its line fires once, and is masked until irq_done (sched/irq.c). So a level that stays up while a
 * goroutine serves the device interrupts nobody. A time that finds the channel full is dropped: the
 * times that are there stand for it, and whoever receives one of them serves the device and calls
 * irq_done, after which a level that is still up fires again.
 *
 * The channel is marked CHAN_LINE while the line is attached, so that nobody closes or frees it
 * under the handler. irq_detach makes it a channel like any other.
 *
 * Is anybody waiting? The last core that goes to sleep asks, and a goroutine that waits on an armed
 * line is no deadlock. It asks under the channel's lock, but does not wait for it: who holds the
 * lock is a core that is awake, and that core will ask when it goes to sleep itself. If it finds
 * nobody waiting although a goroutine was, the core that has served the goroutine let the lock go
 * before. So the asking core sees that core awake, as it does of a line that has been masked since
 * (S13). */
#include "sync/irq_chan.h"
#include "base/panic.h"
#include "memory/lock.h"
#include "sched/irq.h"
#include "skein.h"
#include "sync/chan.h"

static void fire(void *c)
{
	go_time now = go_now();

	chan_try_send_from(c, &now);
}

/* Context: goroutine. */
struct channel *irq_chan_new(size_t size, enum chan_kind kind, size_t n, uintptr_t site)
{
	struct channel *c = chan_new(size, kind, n, true);

	c->site = site;
	c->fixed = CHAN_LINE;
	store_relaxed(&c->state, 0u); /* a handler sends, which is of no bubble */
	return c;
}

/* Context: goroutine. */
chan(go_time) irq_chan(unsigned line, size_t n)
{
	struct channel *c;

	assert_that(n > 0,
	            "irq_chan: line %u with room for 0 times: an interrupt would be lost while "
	            "nobody waits for it",
	            line);
	c = irq_chan_new(chan_size(go_time), chan_kind(go_time), n,
	                 (uintptr_t)__builtin_return_address(0));
	irq_attach_channel(line, fire, c);
	return (chan(go_time))(void *)c;
}

/* Context: core stack, under SCHED. */
bool irq_chan_waited(struct channel *c)
{
	bool waited;

	if (!lock_try((struct lock *)&c->lock))
		return true;
	waited = load_relaxed(&c->state) & CHAN_RECEIVERS_BIT;
	unlock_tried((struct lock *)&c->lock);
	return waited;
}

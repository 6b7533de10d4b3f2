/* How many nodes wait on a channel, for tests whose next step wants somebody to wait already. */
#ifndef CHAN_WAITING_H
#define CHAN_WAITING_H
#include "sync/chan.h"

static inline __attribute__((unused)) unsigned waiting(struct channel *c,
                                                       enum chan_direction direction)
{
	unsigned long was = arch_irq_off();
	unsigned n = 0;

	chan_lock(c);
	for (struct chan_case *w = direction == CHAN_SENDS ? c->senders.first : c->receivers.first;
	     w; w = w->next)
		n++;
	chan_unlock(c);
	arch_irq_restore(was);
	return n;
}

/* Returns when so many receives, or sends, wait. */
#define await_receivers(c, n) await_waiting(chan_of(c), CHAN_RECEIVES, n)
#define await_senders(c, n) await_waiting(chan_of(c), CHAN_SENDS, n)

static inline __attribute__((unused)) void await_waiting(struct channel *c, enum chan_direction d,
                                                         unsigned n)
{
	while (waiting(c, d) != n)
		go_yield();
}

#endif

/* The waiting way of a value: the goroutine stands in one list of one channel, its node in the
 * frame here, until a partner serves it, the channel is closed, or a limit passes. All are entered
 * masked and under the channel's lock, and let the lock go on the core stack (commit_unlock).
 * Interrupts were on before: park panics where waiting is forbidden. */
#include "sched/sched.h"
#include "sync/chan.h"
#include "sync/waiter.h"

static inline enum why why_of(enum chan_direction d)
{
	return d == CHAN_SENDS ? G_SEND : G_RECV;
}

/* Waits without a limit. Returns whether a value was passed. */
static inline unsigned wait_for_ever(struct channel *c, enum chan_direction d, void *value)
{
	struct chan_case w;

	w.target = value;
	w.g = arch_self();
	w.result = WAITER_SOLE;
	enlist(c, d, &w);
	park(why_of(d), c, commit_unlock, &c->lock);
	arch_irq_on();
	return arch_self()->result & 1;
}

/* Context: goroutine, masked, under CHAN. */
unsigned chan_wait_send(struct channel *c, const void *value)
{
	if (unlikely(!wait_for_ever(c, CHAN_SENDS, (void *)value)))
		chan_send_refused((struct channel *)arch_self()->object);
	return 1;
}

/* Context: goroutine, masked, under CHAN. */
unsigned chan_wait_recv(struct channel *c, void *value)
{
	return wait_for_ever(c, CHAN_RECEIVES, value);
}

/* The timer may claim the waiter too.
 * Context: goroutine, masked, under CHAN. */
enum chan_result chan_wait_until(struct channel *c, enum chan_direction d, void *value,
                                 const uint64_t *end)
{
	struct g *g = arch_self();
	struct chan_case w;

	w.target = value;
	w.g = g;
	w.result = 0;
	store_relaxed(&g->claim, CLAIM_OPEN);
	enlist(c, d, &w);
	park_until(why_of(d), c, commit_unlock, &c->lock, *end);
	arch_irq_on();
	if (g->result != RESULT_TIMEOUT)
		return g->result ? CHAN_OK : CHAN_CLOSED;
	unlist(c, d, &w);
	return CHAN_NOT_READY;
}

/* Context: goroutine; may park. */
void chan_wait_for_nothing(go_time limit)
{
	if (limit != GO_FOREVER)
		return go_sleep(limit);
	arch_irq_off();
	park(G_FOREVER, 0, commit_wait, 0);
}

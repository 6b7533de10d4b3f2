/* Handlers: code that runs on the core stack in an interrupt, and may ready goroutines but not
 * wait. */
#ifndef SKEIN_IRQ_H
#define SKEIN_IRQ_H
#include "sched/core.h"
#include "skein.h"

/* Some device could make a goroutine runnable: its line feeds, or a goroutine waits on the line's
 * channel. waited tells that of a channel. It is called under SCHED. */
bool irq_may_wake(bool (*waited)(struct channel *));
/* As irq_attach; fire(c) runs when the line fires, which is masked then until irq_done. */
void irq_attach_channel(unsigned line, void (*fire)(void *), struct channel *c);
/* As irq_attach; handler(arg) sends to channels that irq_chan_new has made, and wakes nobody but
 * those who wait to receive from them. waited(arg), called under SCHED: does anybody? */
void irq_attach_sender(unsigned line, void (*handler)(void *), void *arg, bool (*waited)(void *));

/* From here on a goroutine that is readied runs when the interrupt is over. arch_self() is the
 * core's own g, so a go in the handler leaves the interrupted goroutine's captured arguments alone.
 * Context: core stack, in an interrupt. */
static inline void handling_begin(struct core *core)
{
	core->slow |= HANDLING;
	arch_self_set(&core->idle);
}

/* Context: core stack, in an interrupt. */
static inline void handling_end(struct core *core)
{
	arch_self_set(core->g ? core->g : &core->idle);
	core->slow &= ~HANDLING;
}

#endif

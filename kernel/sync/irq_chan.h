/* Channels of interrupt lines, and what the check for a deadlock asks of them: see irq_chan.c. */
#ifndef SKEIN_IRQ_CHAN_H
#define SKEIN_IRQ_CHAN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "skein.h"

/* A channel of no bubble to which the handler of a line sends. Nobody may close or free it before
 * irq_detach of the line. site is where it was made, for reports. Panics when out of memory. */
struct channel *irq_chan_new(size_t size, enum chan_kind, size_t n, uintptr_t site);
bool irq_chan_waited(struct channel *); /* a goroutine may wait to receive from it */

#endif

/* What the check for a deadlock asks of the channels of interrupt lines: see irq_chan.c. */
#ifndef SKEIN_IRQ_CHAN_H
#define SKEIN_IRQ_CHAN_H
#include <stdbool.h>

struct channel;
bool irq_chan_waited(struct channel *); /* a goroutine may wait to receive from it */

#endif

/* Device lines, for the scheduler: see irq.c. */
#ifndef SKEIN_KERNEL_IRQ_H
#define SKEIN_KERNEL_IRQ_H
#include <stdbool.h>

bool irq_may_wake(void); /* some device could make a goroutine runnable */

#endif

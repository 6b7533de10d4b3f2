/* Runs of pages, taken and given by a goroutine. */
#ifndef PAGES_H
#define PAGES_H
#include "memory/pages.h"
#include "arch.h"

/* A run of 2^order pages, or null. */
static inline void *take(unsigned order)
{
	unsigned long was = arch_irq_off();
	void *run = mem_pages(order);

	arch_irq_restore(was);
	return run;
}

static inline void give(void *run, unsigned order)
{
	unsigned long was = arch_irq_off();

	mem_pages_free(run, order);
	arch_irq_restore(was);
}

#endif

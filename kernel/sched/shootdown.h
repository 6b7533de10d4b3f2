/* A TLB shoot-down: every core forgets the entries of the address space that this core has
 * cleared. */
#ifndef SKEIN_SHOOTDOWN_H
#define SKEIN_SHOOTDOWN_H
#include "sched/core.h"

/* Begins one, for all that this core has taken off before (arch_unmap). Returns its ticket. */
uint32_t shootdown_begin(void);
bool shootdown_over(uint32_t ticket); /* has every core forgotten? */
void shootdown_await(uint32_t ticket);
void shootdown_take(struct core *); /* this core's part, when asked by IPI_FLUSH */

#endif

/* Requests between cores. A core that asks another one for something sets a bit for the reason, and
 * interrupts that core. The asked core takes its bits at the end of that interrupt, or of an
 * earlier one, and acts on each. To wake a core needs no bit: the interrupt wakes it.
 *
 * Orders
 *   R1 full     asked in ask   -> R2   what the asker wrote before is visible to the asked core
 *   R2 acquire  asked in take  <- R1 */
#ifndef SKEIN_IPI_H
#define SKEIN_IPI_H
#include "base/atomic.h"
#include "sched/core.h"

enum ipi {
	IPI_STOP = 1,  /* stand still: panic_core says for whom (base/panic.h) */
	IPI_LIMIT = 2, /* look at the limit of go_maxprocs */
	IPI_FLUSH = 4, /* forget what the address space has lost: shootdown.c */
	IPI_PAUSE = 8, /* stand still for a moment: pause.c */
};

/* For each core the reasons that it is asked for. Apart from struct core, for a debugger asks
 * too. */
extern uint32_t ipi_asked[CONFIG_CORES]; /* atomic: R1 R2 */

void ipi_take(struct core *); /* acts on what this core is asked for */

/* Context: any, masked. */
static inline void ipi_wake(unsigned core)
{
	board_wake(core);
}

/* Context: any, masked. */
static inline void ipi_ask(unsigned core, enum ipi reason)
{
	fetch_or_full(&ipi_asked[core], (uint32_t)reason); /* R1 */
	board_wake(core);
}

/* Context: any, masked. */
static inline bool ipi_pending(const struct core *core)
{
	return load_relaxed(&ipi_asked[core->index]);
}

#endif

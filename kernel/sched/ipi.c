/* Requests between cores: see ipi.h. */
#include "sched/ipi.h"
#include "base/panic.h"
#include "sched/limit.h"
#include "sched/pause.h"
#include "sched/shootdown.h"

uint32_t ipi_asked[CONFIG_CORES] line_begins;

/* Context: core stack, in an interrupt. */
void ipi_take(struct core *core)
{
	uint32_t asked = swap_acquire(&ipi_asked[core->index], 0); /* R2 */

	if (asked & IPI_STOP)
		panic_take();
	if (asked & IPI_LIMIT)
		limit_see(core);
	if (asked & IPI_FLUSH)
		shootdown_take(core);
	if (asked & IPI_PAUSE)
		pause_take(core);
}

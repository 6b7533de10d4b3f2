/* TLB shoot-downs: see shootdown.h.
 *
 * A core that has taken pages out of the address space begins a shoot-down. Where arch_flush
 * reaches all cores (ARCH_FLUSH_ALL) it is over at once. Elsewhere the asker takes the next number
 * of `wanted`, and asks each other core by IPI_FLUSH. The asked core reads `wanted`, flushes, and
 * stores in `seen` the number that it has read: this answers all requests up to that number. A
 * request is over when all cores have seen its number or a later one. The asker need not wait: it
 * keeps the pages and looks again later.
 *
 * An asked core reads `wanted` before it flushes. So it has acquired what each asker up to that
 * number cleared, and its flush comes after that. The asker's own part is the same code, for its
 * own flush has to answer the requests of others up to its number too.
 *
 * An asker that waits with interrupts masked holds no lock, and answers what it is asked itself. So
 * the core for which it waits
 *   - takes the interrupt, as a goroutine or an idle core does, or
 *   - is masked for a bounded time, or
 *   - is masked and waits for a lock, whose holder does not wait for a shoot-down, or
 *   - waits for a shoot-down too, and answers.
 * A handler and a timer's function may not wait, because a cancel waits masked for the function's
 * end.
 *
 * Rejected: the firmware's remote fence (SBI), which answers even for masked cores, but keeps the
 * asker waiting in the firmware each time.
 *
 * Orders
 *   D1 full     wanted in begin -> D2   the entries that the asker has cleared
 *   D2 acquire  wanted in take  <- D1
 *   D3 release  seen in take    -> D4   the core is done with the pages
 *   D4 acquire  seen in over    <- D3 */
#include "sched/shootdown.h"
#include "base/panic.h"
#include "sched/ipi.h"

static uint32_t wanted;             /* atomic: D1 D2 */
static uint32_t seen[CONFIG_CORES]; /* atomic: D3 D4 */

/* Context: any, masked. */
void shootdown_take(struct core *core)
{
	uint32_t number = load_acquire(&wanted); /* D2 */

	if (!ARCH_ARENA_SIZE)
		return;
	arch_flush();
	store_release(&seen[core->index], number); /* D3 */
}

/* Context: any, masked. */
uint32_t shootdown_begin(void)
{
	struct core *core = arch_core();
	uint32_t ticket = 0;

	if (!ARCH_FLUSH_ALL)
		ticket = fetch_add_full(&wanted, 1) + 1; /* D1 */
	shootdown_take(core);
	for (unsigned i = 0; i < core_count && !ARCH_FLUSH_ALL; i++)
		if (i != core->index)
			ipi_ask(i, IPI_FLUSH);
	return ticket;
}

/* Context: any. */
bool shootdown_over(uint32_t ticket)
{
	for (unsigned i = 0; i < core_count && !ARCH_FLUSH_ALL; i++)
		if ((int32_t)(load_acquire(&seen[i]) - ticket) < 0) /* D4 */
			return false;
	return true;
}

/* Context: goroutine, or masked without a lock; not in a handler. */
void shootdown_await(uint32_t ticket)
{
	while (!shootdown_over(ticket)) {
		unsigned long was = arch_irq_off();

		if (CONFIG_CHECK)
			lock_none_held("a wait for a shoot-down");
		panic_stop_if_asked();
		if (load_relaxed(&ipi_asked[arch_core()->index]) & IPI_FLUSH)
			shootdown_take(arch_core());
		arch_irq_restore(was);
		arch_relax();
	}
}

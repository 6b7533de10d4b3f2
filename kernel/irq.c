/* Device interrupt lines: who handles which.
 *
 * A line is unmasked only after its entry is complete, and an entry is emptied only after its line is
 * masked.
 *
 * Orders
 *   S9 release  feeders in irq_detach   -> S10   who sees that no line feeds any more sees that the
 *                                               core which detached it is awake (search.c)
 *   S10 acquire feeders in irq_may_wake <- S9 */
#include "atomic.h"
#include "core.h"
#include "lock.h"
#include "panic.h"
#include "sched.h"
#include "skein.h"

static struct lock guard; /* SCHED: lines, feeders */

static struct line {
	void (*handler)(void *); /* null: not attached */
	void *arg;
	unsigned flags;
} lines[CONFIG_IRQ_LINES];

static uint32_t feeders; /* atomic, written under guard: attached lines with IRQ_FEEDS */

/* Context: goroutine. */
void irq_attach(unsigned line, void (*handler)(void *), void *arg, unsigned flags)
{
	unsigned long was;
	bool taken;

	assert_that(line >= board.lines.first && line <= board.lines.last &&
	                line != board.lines.wake && line < CONFIG_IRQ_LINES,
	            "irq_attach: line %u is no device's: %s has lines %u to %u for devices", line,
	            board.name, board.lines.first, board.lines.last);
	was = arch_irq_off();
	lock(&guard, RANK_SCHED);
	taken = lines[line].handler;
	if (!taken) {
		lines[line].arg = arg;
		lines[line].flags = flags;
		lines[line].handler = handler;
		store_relaxed(&feeders, feeders + (flags & IRQ_FEEDS));
		board_irq(line, true);
	}
	unlock(&guard);
	arch_irq_restore(was);
	assert_that(!taken, "irq_attach: line %u is attached already: irq_detach it first", line);
}

/* Context: goroutine. */
void irq_detach(unsigned line)
{
	unsigned long was = arch_irq_off();
	bool attached;

	lock(&guard, RANK_SCHED);
	attached = line < CONFIG_IRQ_LINES && lines[line].handler;
	if (attached) {
		board_irq(line, false);
		lines[line].handler = 0;
		store_release(&feeders, feeders - (lines[line].flags & IRQ_FEEDS)); /* S9 */
	}
	unlock(&guard);
	arch_irq_restore(was);
	assert_that(attached, "irq_detach: line %u is not attached", line);
}

/* No floating-point state: what a core that runs nobody has. */
static const struct arch_frame clean;

/* A device's line fired.
 * Context: core stack, from board_interrupt. */
void kernel_irq(unsigned line)
{
	struct core *core = arch_core();
	struct line l;

	if (line >= CONFIG_IRQ_LINES)
		return;
	lock(&guard, RANK_SCHED);
	l = lines[line];
	unlock(&guard);
	if (!l.handler)
		return;
	if (core->g)
		arch_frame_keep(core->arch.spare); /* the program's code uses every register */
	core->slow |= HANDLING;
	/* its go has no business in the arguments of the goroutine under it */
	arch_self_set(&core->idle);
	l.handler(l.arg);
	arch_self_set(core->g ? core->g : &core->idle);
	core->slow &= ~HANDLING;
	arch_frame_unkeep(core->g ? core->arch.spare : &clean);
}

/* Context: any. */
bool irq_may_wake(void)
{
	return load_acquire(&feeders) != 0; /* S10 */
}

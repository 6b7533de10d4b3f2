/* Device interrupt lines: who handles which.
 *
 * A line is unmasked only after its entry is complete, and an entry is emptied only after its line
 * is masked.
 *
 * A core that takes a line reads the entry and marks itself, core->handles, in one critical section
 * of `guard`. irq_detach empties the entry in another one, and looks at the marks of all cores
 * after it. If the core came first, the detacher sees its mark until the handler has returned. If
 * the core came second, it finds no handler. The detacher looks with interrupts on, so a long
 * handler keeps no other core masked. A handler that detaches its own line does not look: it would
 * wait for itself. One that detaches another line panics, because two such handlers could wait for
 * each other.
 *
 * Orders
 *   S9 release  feeders in irq_detach   -> S10   who sees that no line feeds any more sees that the
 *                                               core which detached it is awake (report/deadlock.c)
 *   S10 acquire feeders in irq_may_wake <- S9
 *   S11 release handles in kernel_irq   -> S12   what the handler did is over
 *   S12 acquire handles in irq_detach   <- S11 */
#include "sched/irq.h"
#include "base/atomic.h"
#include "base/panic.h"
#include "memory/lock.h"
#include "sched/core.h"
#include "sched/sched.h"
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
		if (board.irq_edge)
			board.irq_edge(line, flags & IRQ_EDGE);
		store_relaxed(&feeders, feeders + (flags & IRQ_FEEDS));
		board_irq(line, true);
	}
	unlock(&guard);
	arch_irq_restore(was);
	assert_that(!taken, "irq_attach: line %u is attached already: irq_detach it first", line);
}

/* Waits until the line's handler, which no core begins any more, runs on no core. */
static void await_handlers(unsigned line)
{
	for (unsigned i = 0; i < core_count; i++)
		while (load_acquire(&cores[i].handles) == line + 1) /* S12 */
			arch_relax();
}

/* Context: goroutine, or the line's handler. */
void irq_detach(unsigned line)
{
	unsigned long was = arch_irq_off();
	uint32_t handles = load_relaxed(&arch_core()->handles);
	bool inside = handles == line + 1, attached;

	assert_that(!handles || inside,
	            "irq_detach: line %u in the handler of line %u, which may not wait for another "
	            "handler: let a goroutine do it",
	            line, (unsigned)handles - 1);
	assert_that(inside || !arch_irq_was_masked(was),
	            "irq_detach: line %u under a spin_lock, for which its handler may wait: unlock "
	            "it first",
	            line);
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
	if (!inside)
		await_handlers(line);
}

/* No floating-point state: the frame of a core that runs no goroutine. */
static const struct arch_frame clean;

/* Copies the entry, and marks the core. False: nobody handles the line here. */
static bool begin(struct core *core, unsigned line, struct line *l)
{
	lock(&guard, RANK_SCHED);
	*l = lines[line];
	if (l->handler)
		store_relaxed(&core->handles, line + 1);
	unlock(&guard);
	return l->handler;
}

/* A device's line fired.
 * Context: core stack, from board_interrupt. */
void kernel_irq(unsigned line)
{
	struct core *core = arch_core();
	struct line l;

	if (line >= CONFIG_IRQ_LINES || !begin(core, line, &l))
		return;
	if (core->g)
		arch_frame_keep(core->arch.spare); /* the program's code uses every register */
	handling_begin(core);
	l.handler(l.arg);
	handling_end(core);
	arch_frame_unkeep(core->g ? core->arch.spare : &clean);
	store_release(&core->handles, 0); /* S11 */
}

/* Context: any. */
bool irq_may_wake(void)
{
	return load_acquire(&feeders) != 0; /* S10 */
}

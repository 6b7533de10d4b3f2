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
 * The line of an irq_chan (sync/irq_chan.c) is armed or masked. It is masked when it fires, before
 * the controller is told that the interrupt is over, and armed again by irq_done. The line of a
 * driver whose handler sends to channels (irq_attach_sender) is armed until it is detached. A core
 * that looks for a deadlock asks of each armed line whether a goroutine waits on its channels.
 *
 * Orders
 *   S9 release  feeders in irq_detach   -> S10   who sees that no line feeds any more sees that the
 *                                               core which detached it is awake (report/deadlock.c)
 *   S10 acquire feeders in irq_may_wake <- S9
 *   S13 release armed in disarm         -> S14  the same of a line that is masked
 *   S14 acquire armed in irq_may_wake   <- S13
 *   S11 release handles in kernel_irq   -> S12   what the handler did is over
 *   S12 acquire handles in irq_detach   <- S11 */
#include "sched/irq.h"
#include "base/atomic.h"
#include "base/panic.h"
#include "base/race.h"
#include "memory/lock.h"
#include "sched/core.h"
#include "sched/sched.h"
#include "skein.h"

static struct lock guard; /* SCHED: lines, feeders */

/* go_leaks looks for pointers in it, because handlers use what they are given. */
static struct line {
	void (*handler)(void *); /* null: not attached */
	void *arg;
	unsigned flags; /* enum irq_flags, LINE_ONCE, and IRQ_ON of the core that takes it */
	/* of irq_chan: whose receivers alone it may wake; of a driver: does a goroutine wait for
	 * it? Null: neither */
	struct channel *channel;
	bool (*waited)(void *arg);
} lines[CONFIG_IRQ_LINES] __attribute__((section(".bss.searched")));
enum { LINE_ONCE = 4 };      /* the line is masked when it fires, until irq_done */
static unsigned attached;    /* how many of them */
static unsigned common_core; /* which takes them all, if board.lines.together */

/* Atomic, written under guard. */
static uint32_t feeders;                      /* attached lines with IRQ_FEEDS */
static uint32_t armed[CONFIG_IRQ_LINES / 32]; /* lines with channels that are not masked */

static inline unsigned core_of(const struct line *l)
{
	return (l->flags - IRQ_ON(0)) >> 8;
}

/* The core for a line with these flags. False: it cannot be the one that they name, because another
 * core takes all lines. */
static bool choose_core(unsigned flags, unsigned *core)
{
	bool bound = board.lines.together && attached;

	*core = bound ? common_core : 0;
	if (flags < IRQ_ON(0))
		return true;
	*core = (flags - IRQ_ON(0)) >> 8;
	return !bound || *core == common_core;
}

static bool is_armed(unsigned line)
{
	return load_relaxed(&armed[line / 32]) & 1u << line % 32;
}

static void arm(unsigned line)
{
	store_relaxed(&armed[line / 32], armed[line / 32] | 1u << line % 32);
	board_irq(line, core_of(&lines[line]), true);
}

static void disarm(unsigned line)
{
	board_irq(line, core_of(&lines[line]), false);
	store_release(&armed[line / 32], armed[line / 32] & ~(1u << line % 32)); /* S13 */
}

static void open_line(unsigned line, const struct line *l)
{
	unsigned core = core_of(l);

	lines[line] = *l;
	attached++;
	common_core = core;
	if (board.irq_route)
		/* stack: calls gicv2_route, gicv3_route, route */
		board.irq_route(line, core, l->flags & IRQ_EDGE);
	store_relaxed(&feeders, feeders + (l->flags & IRQ_FEEDS));
	if (l->channel || l->waited)
		arm(line);
	else
		board_irq(line, core, true);
}

static void check_line(const char *who, unsigned line, unsigned flags)
{
	assert_that(line >= board.lines.first && line <= board.lines.last &&
	                line != board.lines.wake && line < CONFIG_IRQ_LINES,
	            "%s: line %u is no device's: %s has lines %u to %u for devices", who, line,
	            board.name, board.lines.first, board.lines.last);
	assert_that(flags < IRQ_ON(core_count),
	            "irq_attach: line %u with IRQ_ON(%u): this run has cores 0 to %u", line,
	            (flags - IRQ_ON(0)) >> 8, core_count - 1);
}

static void attach(const char *who, unsigned line, struct line l)
{
	unsigned core, common;
	unsigned long was;
	bool taken, possible;

	check_line(who, line, l.flags);
	arch_touch_stack();
	was = arch_irq_off();
	lock(&guard, RANK_SCHED);
	taken = lines[line].handler;
	possible = choose_core(l.flags, &core);
	common = common_core;
	l.flags = (l.flags & (IRQ_FEEDS | IRQ_EDGE | LINE_ONCE)) | IRQ_ON(core);
	if (!taken && possible) {
		race_release(&lines[line]);
		open_line(line, &l);
	}
	unlock(&guard);
	arch_irq_restore(was);
	assert_that(!taken, "%s: line %u is attached already: irq_detach it first", who, line);
	assert_that(possible,
	            "%s: line %u with IRQ_ON(%u): on %s one core takes all lines, and core %u has "
	            "some: irq_detach them first",
	            who, line, core, board.name, common);
}

/* Context: goroutine. */
void irq_attach(unsigned line, void (*handler)(void *), void *arg, unsigned flags)
{
	assert_that(handler, "irq_attach: line %u without a handler: null is none", line);
	attach("irq_attach", line, (struct line){handler, arg, flags & ~LINE_ONCE, 0, 0});
}

/* Context: goroutine. */
void irq_attach_channel(unsigned line, void (*fire)(void *), struct channel *c)
{
	attach("irq_chan", line, (struct line){fire, c, LINE_ONCE, c, 0});
}

/* Context: goroutine. */
void irq_attach_sender(unsigned line, void (*handler)(void *), void *arg, bool (*waited)(void *))
{
	attach("irq_attach", line, (struct line){handler, arg, 0, 0, waited});
}

/* Context: any. */
void irq_done(unsigned line)
{
	unsigned long was;
	bool is_channel;

	arch_touch_stack();
	was = arch_irq_off();
	lock(&guard, RANK_SCHED);
	is_channel =
	    line < CONFIG_IRQ_LINES && lines[line].handler && lines[line].flags & LINE_ONCE;
	if (is_channel && !is_armed(line))
		arm(line);
	unlock(&guard);
	arch_irq_restore(was);
	assert_that(is_channel, "irq_done: line %u has no channel: irq_chan makes one", line);
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
	bool inside = handles == line + 1, is_attached;
	struct channel *c;

	assert_that(!handles || inside,
	            "irq_detach: line %u in the handler of line %u, which may not wait for another "
	            "handler: let a goroutine do it",
	            line, (unsigned)handles - 1);
	assert_that(inside || !arch_irq_was_masked(was),
	            "irq_detach: line %u under a spin_lock, for which its handler may wait: unlock "
	            "it first",
	            line);
	arch_touch_stack();
	lock(&guard, RANK_SCHED);
	is_attached = line < CONFIG_IRQ_LINES && lines[line].handler;
	c = is_attached ? lines[line].channel : 0;
	if (is_attached) {
		disarm(line);
		lines[line].handler = 0;
		attached--;
		lines[line].arg = 0; /* leads nowhere any more: report/leaks.c */
		lines[line].channel = 0;
		lines[line].waited = 0;
		store_release(&feeders, feeders - (lines[line].flags & IRQ_FEEDS)); /* S9 */
	}
	unlock(&guard);
	arch_irq_restore(was);
	assert_that(is_attached, "irq_detach: line %u is not attached", line);
	if (!inside)
		await_handlers(line);
	race_acquire(&lines[line]);
	if (c)
		c->fixed = CHAN_FREE;
}

/* No floating-point state: the frame of a core that runs no goroutine. */
static const struct arch_frame clean;

/* Copies the entry, and marks the core. False: nobody handles the line here, perhaps because it was
 * attached to another core after this one had taken it. */
static bool begin(struct core *core, unsigned line, struct line *l)
{
	bool mine;

	lock(&guard, RANK_SCHED);
	*l = lines[line];
	mine = l->handler && core_of(l) == core->index;
	if (mine && l->flags & LINE_ONCE) {
		mine = is_armed(line); /* else the controller was slow to mask it */
		disarm(line);
	}
	if (mine)
		store_relaxed(&core->handles, line + 1);
	unlock(&guard);
	return mine;
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
	race_acquire(&lines[line]);
	l.handler(l.arg);
	race_release(&lines[line]);
	handling_end(core);
	arch_frame_unkeep(core->g ? core->arch.spare : &clean);
	store_release(&core->handles, 0); /* S11 */
}

static bool is_waited(const struct line *l, bool (*waited)(struct channel *))
{
	return l->waited ? l->waited(l->arg) : waited(l->channel);
}

/* Under the lock no line is detached, so the channel stays. */
static bool any_waited(bool (*waited)(struct channel *))
{
	bool any = false;

	lock(&guard, RANK_SCHED);
	for (unsigned i = 0; i < CONFIG_IRQ_LINES / 32 && !any; i++)
		for (uint32_t left = armed[i]; left && !any; left &= left - 1)
			any = is_waited(&lines[32 * i + __builtin_ctz(left)], waited);
	unlock(&guard);
	return any;
}

/* Context: core stack. */
bool irq_may_wake(bool (*waited)(struct channel *))
{
	uint32_t any = load_acquire(&feeders); /* S10 */

	if (any)
		return true;
	for (unsigned i = 0; i < CONFIG_IRQ_LINES / 32; i++)
		any |= load_acquire(&armed[i]); /* S14 */
	return any && any_waited(waited);
}

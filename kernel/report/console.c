/* The console. One core writes at a time, and the lines of kprintf and of stdio stay whole.
 *
 * A device that takes a millisecond for ten characters is slower than any lock may be held. So text
 * is first put into a line in memory: a printer takes an empty line, fills it, and commits it to a
 * queue. A goroutine then drains the queue: it writes a piece of the oldest line with interrupts on
 * and preemption off, then looks again. So the core that writes a piece is always running. Whoever
 * waits for that core waits for 48 characters at most, and never for a goroutine that was
 * preempted.
 *
 * The goroutine that came last drains (`turn`). It takes over between two pieces, even if the
 * drainer before was preempted there; that drainer then returns. So nobody drains for others for
 * ever, and a line in the queue means that a goroutine is in console_drain or on its way there.
 *
 * With interrupts masked (a handler, a spin_lock, the kernel) nothing can drain. If the queue is
 * empty the line is written at once, under the lock. If not, the line is left to the goroutine that
 * drains.
 *
 * There are enough lines for all that fill one at the same time, a goroutine and a handler on each
 * core, and some more that wait. When no line is unused, a goroutine drains first; masked code
 * writes the oldest line to make room. In one case it cannot: a handler has interrupted the writer
 * of a piece while all lines wait. The handler's text then goes out in the midst of that piece
 * (`emergency`) rather than be lost.
 *
 * A panic owns the console: it writes the rest of the queue, then each line at once. If the stopped
 * writer had sent a part of a line, the panic goes on behind that part.
 *
 * A terminal on a serial line wants a carriage return before each line feed (put). A host's
 * terminal does not want one. When semihosting answers, the reader of the console is taken to be a
 * host.
 *
 * Rejected: holding a lock while stdio writes a line (interrupts would be masked, or kprintf would
 * wait for a preempted goroutine); dropping lines when there are too many.
 *
 * Orders: OUT guards all but the text of a line. The text belongs to whoever fills the line until
 * the commit, and then to the line's writer. A panic reads it after P2 (panic.c). */
#include "report/console.h"
#include "base/atomic.h"
#include "base/panic.h"
#include "memory/lock.h"
#include "report/crash.h"
#include "report/report.h"
#include "sched/core.h"
#include "skein.h"

enum { LINES = 2 * CONFIG_CORES + 4, PIECE = 48 };

static struct lock out; /* OUT */
static struct line lines[LINES], emergency;
static unsigned fresh;      /* lines[fresh] and all after it were never used */
static struct line *unused; /* chained by next, as the queue is */
static struct line *oldest, *newest;
static uint32_t writer; /* index + 1 of the core that writes a piece of the oldest, or 0 */
static uint32_t turn;   /* the number of the goroutine that drains */
static bool hosted;

/* Context: any, masked, with OUT. */
static struct line *take(void)
{
	struct line *l = unused;

	if (l)
		unused = l->next;
	else if (fresh < LINES)
		l = &lines[fresh++];
	return l;
}

static void give(struct line *l, struct line **to)
{
	l->n = l->sent = 0;
	*to = l;
}

/* Context: any, masked, with OUT. */
static void drop_oldest(void)
{
	struct line *l = oldest;

	oldest = l->next;
	l->next = unused;
	unused = l;
}

static leaf noinline void put(const char *c)
{
	if (*c == '\n' && !hosted)
		board_console_write("\r\n", 2);
	else
		board_console_write(c, 1);
}

/* Context: any; nobody else writes. */
static inline void send_up_to(struct line *l, uint32_t end)
{
	while (l->sent < end) {
		put(&l->text[l->sent]);
		store_relaxed(&l->sent, l->sent + 1); /* a panic would go on from here */
	}
}

/* Context: any, masked; nobody else writes. */
static void send(struct line *l)
{
	send_up_to(l, l->n);
}

/* Takes a line; makes room when there is none.
 * Context: any, masked. */
static leaf noinline void take_masked(struct line **to)
{
	uint32_t me = arch_core()->index + 1;
	struct line *l = 0;

	if (panicking(arch_core()))
		return give(&emergency, to);
	lock(&out, RANK_OUT);
	while (!(l = take()) && writer != me)
		if (!writer && oldest) {
			send(oldest);
			drop_oldest();
		} else {
			unlock(&out);
			panic_stop_if_asked();
			arch_relax();
			lock(&out, RANK_OUT);
		}
	unlock(&out);
	give(l ? l : &emergency, to);
}

/* Context: any. */
void console_commit(struct line *l)
{
	bool masked = arch_irq_masked();
	unsigned long was;

	arch_touch_stack();
	was = arch_irq_off();
	if (panicking(arch_core())) {
		console_rest();
		crash_keep(l->text, l->n);
		send(l);
		arch_irq_restore(was);
		return;
	}
	lock(&out, RANK_OUT);
	l->next = 0;
	if (l == &emergency) {
		send(l);
	} else if (oldest) {
		newest = newest->next = l;
	} else {
		oldest = newest = l;
		if (masked) {
			send(l);
			drop_oldest();
		}
	}
	unlock(&out);
	arch_irq_restore(was);
}

/* Context: goroutine, not to be preempted. */
static leaf noinline bool write_piece(struct line *l)
{
	uint32_t end = l->n - l->sent < PIECE ? l->n : l->sent + PIECE;
	unsigned long was;

	send_up_to(l, end);
	was = arch_irq_off();
	lock(&out, RANK_OUT);
	writer = 0;
	if (end == l->n)
		drop_oldest();
	unlock(&out);
	arch_irq_restore(was);
	return true;
}

/* Writes a piece of the oldest line, unless another core writes one. False: nothing is left to do.
 * Context: goroutine, not to be preempted. */
static leaf noinline bool drain_piece(uint32_t mine)
{
	unsigned long was = arch_irq_off();
	struct line *l;
	bool busy;

	lock(&out, RANK_OUT);
	l = turn == mine ? oldest : 0;
	busy = l && writer;
	if (l && !busy)
		writer = arch_core()->index + 1;
	unlock(&out);
	if (busy)
		arch_relax();
	arch_irq_restore(was);
	return l && !busy ? write_piece(l) : l != 0;
}

static leaf noinline uint32_t take_turn(void)
{
	unsigned long was = arch_irq_off();
	uint32_t mine;

	lock(&out, RANK_OUT);
	mine = ++turn;
	unlock(&out);
	arch_irq_restore(was);
	return mine;
}

/* Context: goroutine; may park. */
void console_drain(void)
{
	uint32_t mine = take_turn();
	bool more = true;

	while (more) {
		go_preempt_off();
		more = drain_piece(mine);
		go_preempt_on();
	}
}

/* Context: goroutine, not to be preempted. */
static leaf noinline void take_or_drain(struct line **to)
{
	for (;;) {
		unsigned long was = arch_irq_off();
		struct line *l;

		lock(&out, RANK_OUT);
		l = take();
		unlock(&out);
		arch_irq_restore(was);
		if (l)
			return give(l, to);
		drain_piece(take_turn());
	}
}

/* Context: any; a goroutine with preemption off. */
leaf void console_line(struct line **to)
{
	if (arch_irq_masked())
		take_masked(to);
	else
		take_or_drain(to);
}

/* Fills l up to the end of a line of text, or as far as the text fits.
 * Context: any. */
static uint32_t fill(struct line *l, const char *text, size_t n)
{
	while (l->n < n && l->n < CONFIG_LINE) {
		l->text[l->n] = text[l->n];
		if (text[l->n++] == '\n')
			break;
	}
	return l->n;
}

/* Context: goroutine; may park. */
void console_write(const char *text, size_t n)
{
	while (n) {
		struct line *l;
		uint32_t filled;

		go_preempt_off();
		console_line(&l);
		filled = fill(l, text, n);
		console_commit(l);
		go_preempt_on();
		console_drain();
		text += filled;
		n -= filled;
	}
}

/* Context: any, masked; the core that ends the program. */
void console_rest(void)
{
	for (; oldest; oldest = oldest->next)
		send(oldest);
}

/* Context: boot core, before the address space. */
void console_init(void)
{
	enum { SYS_ERRNO = 0x13 }; /* changes nothing */

	hosted = arch_semihost(SYS_ERRNO, 0) != -1;
}

/* Context: any. */
bool console_hosted(void)
{
	return hosted;
}

/* Context: any, masked. */
void console_exit(int status)
{
	console_rest();
	if (!hosted)
		kprintf("skein: exit %d\n", status);
	board_exit(status);
}

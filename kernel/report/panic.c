/* Panics and faults. The report says who, where and why, and prints every goroutine; then the board
 * exits. The program's own end stops the other cores in the same way.
 *
 * A debugger ends a run that does not end by itself, with a report. It stores PANIC_ASKED in
 * panic_core and IPI_STOP in ipi_asked (ipi.h), and a core that is interrupted reports. A masked
 * core is not interrupted, so the debugger sends it to a fault: while all cores stand still, the
 * debugger stores the core's pc in a word of asked_pc and sets the pc to the address of that word.
 * The word is data, so the core faults there, and the fault stores the core's registers
 * (tests/debugger.py).
 *
 * Orders
 *   P1 release  stopped  -> P2   the frame of what ran there is complete
 *   P2 acquire  stopped  <- P1 */
#include "base/atomic.h"
#include "base/clock.h"
#include "base/panic.h"
#include "report/console.h"
#include "report/crash.h"
#include "report/report.h"
#include "sched/core.h"
#include "sched/grow.h"
#include "sched/ipi.h"
#include "skein.h"

uint32_t panic_core;
static volatile uintptr_t asked_pc[CONFIG_CORES]; /* volatile: a debugger writes them */
static void (*on_panic)(void);                    /* atomic */

struct report {
	const char *kind; /* "panic", "fault" or "stopped" */
	const char *format;
	va_list *args;
	const struct g *g;              /* null: on the core stack, in no goroutine */
	uintptr_t fp;                   /* of panic(); 0: where it was called tells nothing */
	const struct arch_frame *frame; /* of a fault */
	int status;
};

/* Context: any, masked. */
bool panicking(const struct core *core)
{
	return load_relaxed(&panic_core) == core->index + 1;
}

static void stop(struct core *core, uint32_t how)
{
	if (panicking(core))
		return;
	board_alarm(UINT64_MAX);
	store_release(&core->stopped, how); /* P1 */
	arch_halt();
}

/* Context: any, masked. */
void panic_stop_others(bool interrupted)
{
	struct core *core = arch_core();
	uint64_t patience = clock_ticks(CONFIG_PANIC_STOP_NS), end;

	if (!core_count) /* no other is up yet, and uncached memory takes no exclusive access */
		return store_relaxed(&panic_core, core->index + 1);
	board_alarm(UINT64_MAX); /* it would wake a core that halts again and again */
	if (cas_relaxed(&panic_core, PANIC_ASKED, core->index + 1)) /* nothing is in a hurry */
		patience += clock_ticks(CONFIG_ASKED_STOP_NS);
	else if (!cas_relaxed(&panic_core, 0, core->index + 1) &&
	         !cas_relaxed(&panic_core, PANIC_ASKED, core->index + 1)) /* asked just now */
		stop(core, interrupted ? STOPPED_BY_INTERRUPT : STOPPED_SPINNING);
	for (unsigned i = 0; i < core_count; i++)
		if (i != core->index && load_relaxed(&cores[i].up))
			ipi_ask(i, IPI_STOP);
	end = board_clock() + patience; /* each core has that long from when it was asked */
	for (unsigned i = 0; i < core_count; i++)
		while (i != core->index && load_relaxed(&cores[i].up) && board_clock() < end) {
			if (load_acquire(&cores[i].stopped)) /* P2 */
				break;
			arch_relax();
		}
}

static void begin(struct core *core, bool interrupted)
{
	static unsigned again;

	if (panicking(core)) {
		if (again++)
			arch_halt();
		kprintf("\npanic: another panic or fault during the report; giving up\n");
		console_exit(STATUS_PANIC);
	}
	panic_stop_others(interrupted);
}

static void print_registers(const struct arch_frame *frame)
{
	const char *name;
	uintptr_t value;

	for (unsigned i = 0; arch_frame_register(frame, i, &name, &value); i++)
		kprintf("%s%8s %016lx", i % 4 ? "" : "\n", name, (unsigned long)value);
	kprintf("\n");
}

/* Context: core stack. */
static _Noreturn void report(void *arg)
{
	const struct report *r = arg;
	struct core *core = arch_core();
	void (*then)(void) = load_relaxed(&on_panic);

	begin(core, r->frame);
	crash_begin();
	kprintf("\n%s: ", r->kind);
	vprint(r->format, r->args);
	kprintf("\n");
	if (r->g)
		dump_culprit(core, r->g, r->frame, r->fp);
	else if (r->frame || r->fp)
		dump_core_stack(core, r->frame, r->fp);
	if (r->frame)
		print_registers(r->frame);
	dump_others(r->g);
	if (then)
		then();
	console_exit(r->status);
}

static _Noreturn void report_with(struct report *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	r->format = format;
	r->args = &args;
	report(r);
}

static _Noreturn void report_asked(struct report *r)
{
	r->kind = "stopped";
	r->status = STATUS_LIMIT;
	report_with(r, "from outside, on core %u", arch_core()->index);
}

/* Did a debugger send the core to a word of asked_pc? If so, puts the core's own pc back into the
 * frame. */
static bool asked_for(struct arch_frame *frame)
{
	if (frame->pc - (uintptr_t)asked_pc >= sizeof(asked_pc))
		return false;
	frame->pc = *(const uintptr_t *)frame->pc;
	return true;
}

/* In an interrupt the core's spare frame holds the registers of the goroutine that runs there. On
 * the core stack otherwise, as after a park, it holds those of an earlier interrupt, or none
 * yet. */
static void stop_or_report(bool interrupt)
{
	struct core *core = arch_core();
	struct report r = {.g = core->g, .frame = interrupt && core->g ? core->arch.spare : 0};

	asked_for(core->arch.spare); /* interrupted before it faulted */
	if (panic_begun())
		stop(core, interrupt ? STOPPED_BY_INTERRUPT : STOPPED_SPINNING);
	else if (arch_on_core_stack(core))
		report_asked(&r);
}

/* Context: core stack, in an interrupt. */
void panic_take(void)
{
	stop_or_report(true);
}

/* Context: any, masked. */
void panic_stop(void)
{
	stop_or_report(arch_core()->slow & HANDLING);
}

/* Context: any. */
void panic(const char *format, ...)
{
	struct core *core;
	va_list args;
	struct report r = {.kind = "panic",
	                   .format = format,
	                   .args = &args,
	                   .fp = (uintptr_t)__builtin_frame_address(0),
	                   .status = STATUS_PANIC};

	va_start(args, format);
	arch_irq_off();
	core = arch_core();
	if (arch_on_core_stack(core) || !core->g)
		report(&r);
	r.g = core->g;
	arch_leave(report, &r);
	__builtin_unreachable();
}

/* Context: core stack, masked. */
void panic_interrupted(const struct arch_frame *frame, const char *format, ...)
{
	va_list args;
	struct report r = {.kind = "panic",
	                   .format = format,
	                   .args = &args,
	                   .g = arch_core()->g,
	                   .frame = frame,
	                   .status = STATUS_PANIC};

	va_start(args, format);
	report(&r);
}

/* Context: core stack, masked. */
void panic_left(const struct g *g, uintptr_t fp, const char *format, ...)
{
	va_list args;
	struct report r = {.kind = "panic",
	                   .format = format,
	                   .args = &args,
	                   .g = g,
	                   .fp = fp,
	                   .status = STATUS_PANIC};

	va_start(args, format);
	report(&r);
}

static _Noreturn void report_overflow(struct report *r, const char *what, uintptr_t address)
{
	const struct g_top *top = r->g->top;
	size_t needs = grow_needs(r->g, address);

	report_with(
	    r,
	    "stack overflow: %s, address %p, needs %zu bytes of stack, and %s %u: start the "
	    "goroutine with go_with(go_attr(.%s = %zu), ...)",
	    what, (void *)address, needs, top->range ? "it may grow to" : "it has", g_room(r->g),
	    top->range ? "stack_max" : "stack", needs * 2);
}

/* When a goroutine faults its registers are in the core's spare frame, as at an interrupt.
 * Context: the core stack, or the fault stack when the fault was on the core stack. */
void kernel_fault(struct arch_frame *frame, const char *what, uintptr_t address, bool on_core_stack)
{
	struct core *core = arch_core();
	struct report r = {.kind = "fault",
	                   .g = on_core_stack ? 0 : core->g,
	                   .frame = frame,
	                   .status = STATUS_FAULT};
	bool asked = asked_for(frame);

	if (panic_begun())
		stop(core, on_core_stack ? STOPPED_SPINNING : STOPPED_BY_INTERRUPT);
	if (asked)
		report_asked(&r);
	if (on_core_stack)
		report_with(&r, "%s, address %p, in the kernel or an interrupt handler on core %u",
		            what, (void *)address, core->index);
	if (grow_needs(core->g, address) > g_room(core->g))
		report_overflow(&r, what, address);
	report_with(
	    &r, "%s, address %p%s", what, (void *)address,
	    g_intact(core->g) ? "" : " (its stack overflowed: give it more with go_with .stack)");
}

/* Context: core stack. */
void panic_deadlock(void)
{
	struct report r = {.kind = "panic", .status = STATUS_PANIC};
	unsigned n = go_count();

	if (n == 0)
		report_with(&r, "deadlock: main has ended in go_exit and no goroutine is left: let "
		                "the last one call exit");
	report_with(
	    &r,
	    n == 1 ? "deadlock: all goroutines are asleep, no timer runs and no device can wake one"
	           : "deadlock: all %u goroutines are asleep, no timer runs and no device can wake "
	             "one",
	    n);
}

/* Context: goroutine. */
void go_on_panic(void (*f)(void))
{
	store_relaxed(&on_panic, f);
}

/* Reports about goroutines: the state and the backtrace of each.
 *
 * Orders
 *   K4 acquire  why  <- K3   the g's stack and header (g.c) */
#include "base/atomic.h"
#include "base/clock.h"
#include "base/panic.h"
#include "memory/mem.h"
#include "report/report.h"
#include "report/symbols.h"
#include "sched/core.h"
#include "sched/sched.h"
#include "skein.h"
#include "sync/bubble.h"
#include "sync/cycle.h"

/* A goroutine that has left a stack, its own or a borrowed one, is followed so far below it. */
enum { BELOW = 65536 };

/* Where a goroutine or a core stands. `at` is the next instruction, `call` the instruction after a
 * call; 0 means not known. */
struct place {
	uintptr_t at, call, fp;
	const struct arch_frame *frame;
};

static struct place place_of(const struct arch_frame *frame, uintptr_t fp)
{
	return frame ? (struct place){.at = frame->pc, .fp = frame->fp, .frame = frame}
	             : (struct place){.fp = fp};
}

/* Returns the caller from the link register, or 0. A function that calls no other, or has not
 * stored the register yet, has its caller there. Otherwise the register points into the function
 * itself. */
static uintptr_t caller_in_link(const struct arch_frame *frame)
{
	const char *name;
	uintptr_t value, own, other;

	for (unsigned i = 0; arch_frame_register(frame, i, &name, &value); i++)
		if ((name[0] == 'l' && name[1] == 'r') || (name[0] == 'r' && name[1] == 'a'))
			return symbol_find(value - 1, &other) && symbol_find(frame->pc, &own) &&
			               own != other
			           ? value
			           : 0;
	return 0;
}

static void backtrace(struct place place, uintptr_t low, uintptr_t high)
{
	uintptr_t calls[18];
	unsigned n = 2 + arch_backtrace(place.fp, low, high, calls + 2, 16);
	const char *word = "at";

	calls[0] = place.call;
	calls[1] = place.frame ? caller_in_link(place.frame) : 0;
	if (place.at) {
		kprintf("    at ");
		print_place(place.at, false);
		kprintf("\n");
		word = "by";
	}
	if (n > 2 && calls[1] == calls[2])
		calls[1] = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!calls[i])
			continue;
		kprintf("    %s ", word);
		print_place(calls[i], true);
		kprintf("\n");
		word = "by";
	}
}

/* The goroutine may end meanwhile, and the memory of its stack may be anything by then: so what is
 * read from there leads to no address but one in RAM. */
static void backtrace_g(const struct g *g, struct place place)
{
	uintptr_t high = (uintptr_t)g->top, other = load_relaxed(&g->top->borrowed);
	uintptr_t low = high + sizeof(*g->top) - load_relaxed(&g->top->stack_size);
	uint32_t size = load_relaxed(&g->top->borrowed_size);
	bool own = place.fp >= low && place.fp <= high;

	if (!own && other && place.fp - (other - BELOW) < size + BELOW &&
	    mem_writable((void *)(other - BELOW), size + BELOW)) {
		low = other - BELOW;
		high = other + size;
	} else if (place.fp < low && low - place.fp <= BELOW &&
	           mem_writable((void *)(low - BELOW), BELOW)) {
		low -= BELOW; /* it has left its stack */
	}
	backtrace(place, low, high);
}

static void print_name(const struct g *g)
{
	kprintf("goroutine %u", g->id);
	if (g->top->name[0])
		kprintf(" \"%.15s\"", g->top->name);
}

static void print_site(uintptr_t site)
{
	if (site)
		print_place(site, true);
	else
		kprintf("the start of the program");
}

static void print_birth(const struct g *g)
{
	kprintf("    made at ");
	print_site(g->top->site);
	kprintf(", stack used %u of %u bytes\n", g_high_water(g), g_room(g));
}

static const struct core *core_of(const struct g *g)
{
	for (unsigned i = 0; i < core_count; i++)
		if (load_relaxed(&cores[i].g) == g)
			return &cores[i];
	return 0;
}

static void print_wait(const struct g *g)
{
	kprintf("%s", why_name[g_why(g)]);
	if (g->object)
		kprintf(" %p", g->object);
	kprintf(", %lld ms", (long long)(clock_ns(arch_cycles() - g->since) / 1000000));
}

static void print_state(const struct g *g, const struct core *core)
{
	struct bubble *b = g_bubble(g);

	kprintf(" [");
	if (core)
		kprintf("running on core %u", core->index);
	else if (g_why(g) == G_RUNNABLE)
		kprintf("runnable%s", g->frame ? ", preempted" : "");
	else
		print_wait(g);
	if (mem_writable(b, sizeof(*b)))
		kprintf(", in bubble %u", b->number);
	kprintf("]\n");
}

/* Does core's spare frame hold the registers of the goroutine that runs there? So it is once the
 * core stands still in an interrupt. */
static bool interrupted(const struct core *core)
{
	return load_relaxed(&core->stopped) == STOPPED_BY_INTERRUPT ||
	       (panicking(core) && core->slow & HANDLING);
}

static struct place place_of_g(const struct g *g, const struct core *core)
{
	uintptr_t pc = arch_context_pc(&g->context), fp = arch_context_fp(&g->context);

	if (core)
		return place_of(interrupted(core) ? core->arch.spare : 0, 0);
	if (g->frame)
		return place_of(g->frame, 0);
	/* without a frame pointer g has not run yet */
	return fp ? (struct place){.call = pc, .fp = fp} : (struct place){.at = pc};
}

static void print_g(const struct g *g, const struct core *core, struct place place)
{
	print_name(g);
	print_state(g, core);
	backtrace_g(g, place);
	print_birth(g);
}

/* Context: core stack. */
void dump_culprit(const struct core *core, const struct g *g, const struct arch_frame *frame,
                  uintptr_t fp)
{
	print_g(g, core, place_of(frame, fp));
}

/* Context: core stack. */
void dump_core_stack(const struct core *core, const struct arch_frame *frame, uintptr_t fp)
{
	uintptr_t top = (uintptr_t)core->arch.stack_top;

	kprintf("core %u, on its own stack", core->index);
	if (core->g) {
		kprintf(", after ");
		print_name(core->g);
	}
	kprintf("\n");
	backtrace(place_of(frame, fp), top - CONFIG_CORE_STACK, top);
}

/* Goroutines are counted by what they do and by the place of the go that made them. */
struct kind {
	uintptr_t site;
	unsigned why;
};

static struct kind kind_of(const struct g *g)
{
	return (struct kind){g->top->site, g_why(g)};
}

static int compare(struct kind a, struct kind b)
{
	if (a.site != b.site)
		return a.site < b.site ? -1 : 1;
	return (int)a.why - (int)b.why;
}

/* Returns the goroutine after g that a report shows, or null. */
static struct g *next_shown(struct g *g, const struct g *except)
{
	do
		g = g_next(g);
	while (g && (g == except || load_acquire(&g->why) == G_FREE)); /* K4 */
	return g;
}

/* Sets *last to the least kind above `last` among the goroutines from `first` on. Returns how many
 * goroutines are of that kind. */
static unsigned next_kind(struct g *first, const struct g *except, struct kind *last)
{
	struct kind least = {UINTPTR_MAX, G_BUBBLE + 1};
	unsigned n = 0;

	for (struct g *g = first; g; g = next_shown(g, except)) {
		struct kind kind = kind_of(g);
		int order = compare(kind, least);

		if (order > 0 || compare(kind, *last) <= 0)
			continue;
		n = order ? 1 : n + 1;
		least = kind;
	}
	*last = least;
	return n;
}

/* Counts the kinds in rising order, with a pass over all goroutines for each: so no table is
 * needed. */
static void count_kinds(struct g *first, const struct g *except)
{
	struct kind kind = {0, G_FREE};
	unsigned n, kinds = 0, rest = 0;

	for (struct g *g = first; g; g = next_shown(g, except))
		rest++;
	kprintf("\n%u more goroutines, by what they do:\n", rest);
	while (kinds++ < CONFIG_DUMP_KINDS && (n = next_kind(first, except, &kind))) {
		kprintf("%8u [%s], made at ", n, why_name[kind.why]);
		print_site(kind.site);
		kprintf("\n");
		rest -= n < rest ? n : rest;
	}
	if (rest)
		kprintf("%8u of other kinds\n", rest);
}

/* Context: any. */
void dump_waiting(const struct g *g)
{
	kprintf("\n");
	print_g(g, 0, place_of_g(g, 0));
}

#if CONFIG_CHECK
/* The others of the cycle wait already, or are about to.
 * Context: goroutine. */
void report_cycle(const struct g *last)
{
	struct cycle_edge edge;

	kprintf("\nmutexes: unless another goroutine unlocks one of them, for ever\n");
	for (unsigned n = 0;
	     n < CONFIG_DUMP_MOST && cycle_edge(last, n, &edge) && (!n || edge.g != last); n++)
		kprintf("    goroutine %u waits for mutex %p, which goroutine %u has locked\n",
		        edge.id, (const void *)edge.mutex, edge.holder_id);
	kprintf("\n");
	print_g(last, core_of(last), place_of(0, (uintptr_t)__builtin_frame_address(0)));
	for (unsigned n = 1; n < CONFIG_DUMP_MOST && cycle_edge(last, n, &edge) && edge.g != last;
	     n++)
		dump_waiting(edge.g);
}
#endif

/* Context: any. */
void dump_others(const struct g *except)
{
	unsigned n = 0;
	struct g *g = next_shown(0, except);

	for (; g && n < CONFIG_DUMP_MOST; g = next_shown(g, except), n++) {
		const struct core *core = core_of(g);

		kprintf("\n");
		print_g(g, core, place_of_g(g, core));
	}
	if (g)
		count_kinds(g, except);
}

/* Context: any. */
void go_dump(void)
{
	dump_others(0);
}

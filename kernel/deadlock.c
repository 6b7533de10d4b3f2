/* What a report says of goroutines, and the report that all of them are asleep. */
#include "atomic.h"
#include "clock.h"
#include "core.h"
#include "panic.h"
#include "sched.h"
#include "skein.h"

static const char *const names[] = {
    [G_FREE] = "free",
    [G_RUNNABLE] = "runnable",
    [G_SEND] = "chan send",
    [G_RECV] = "chan receive",
    [G_SELECT] = "select",
    [G_SLEEP] = "sleep",
    [G_MUTEX] = "mutex",
    [G_WAITGROUP] = "waitgroup",
    [G_LIBC] = "C library",
    [G_FOREVER] = "nil channel, for ever",
};

/* Context: any. */
const char *why_name(enum why why)
{
	return names[why];
}

static void backtrace(const struct g *g, uintptr_t pc, uintptr_t fp)
{
	uintptr_t calls[16];
	uintptr_t low = g->stack, high = (uintptr_t)g->top;
	unsigned n;

	if (g->top->borrowed && fp - g->top->borrowed < g->top->borrowed_size) {
		low = g->top->borrowed;
		high = low + g->top->borrowed_size;
	}
	print("    at ");
	print_pc(pc);
	n = arch_backtrace(fp, low, high, calls, 16);
	for (unsigned i = 0; i < n; i++) {
		print("\n    by ");
		print_pc(calls[i]);
	}
	print("\n");
}

static void print_name(const struct g *g)
{
	print("goroutine %u", g->id);
	if (g->top->name[0])
		print(" \"%s\"", g->top->name);
}

static void print_site(const struct g *g)
{
	print("    made at ");
	print_pc(g->top->site);
	print(", stack used %u of %u bytes\n", g_high_water(g), (unsigned)g->top->stack_size);
}

static const struct core *core_of(const struct g *g)
{
	for (unsigned i = 0; i < core_count; i++)
		if (cores[i].g == g)
			return &cores[i];
	return 0;
}

static void print_state(const struct g *g, const struct core *core)
{
	int64_t age = clock_ns(arch_cycles() - g->since) / 1000000;

	if (core)
		print(" [running on core %u]\n", core->index);
	else if (g->why == G_RUNNABLE)
		print(" [runnable%s]\n", g->frame ? ", preempted" : "");
	else if (g->object)
		print(" [%s %p, %lld ms]\n", names[g->why], g->object, (long long)age);
	else
		print(" [%s, %lld ms]\n", names[g->why], (long long)age);
}

static void print_g(const struct g *g)
{
	const struct core *core = core_of(g);

	print_name(g);
	print_state(g, core);
	if (core && load_relaxed(&core->stopped))
		backtrace(g, core->arch.spare->pc, core->arch.spare->fp);
	else if (!core && g->frame)
		backtrace(g, g->frame->pc, g->frame->fp);
	else if (!core)
		backtrace(g, arch_context_pc(&g->context), arch_context_fp(&g->context));
	print_site(g);
}

/* Context: core stack. */
void dump_culprit(const struct core *core, const struct g *g, uintptr_t pc, uintptr_t fp)
{
	print_name(g);
	print(" [running on core %u]\n", core->index);
	backtrace(g, pc, fp);
	print_site(g);
}

/* Context: core stack. */
void dump_core_stack(const struct core *core, uintptr_t pc, uintptr_t fp)
{
	uintptr_t calls[16];
	uintptr_t top = (uintptr_t)core->arch.stack_top;
	unsigned n = arch_backtrace(fp, top - CONFIG_CORE_STACK, top, calls, 16);

	print("core %u, on its own stack\n    at ", core->index);
	print_pc(pc);
	for (unsigned i = 0; i < n; i++) {
		print("\n    by ");
		print_pc(calls[i]);
	}
	print("\n");
}

/* Context: any. */
void dump_others(const struct g *except)
{
	for (struct g *g = g_next(0); g; g = g_next(g)) {
		if (g == except || g->why == G_FREE)
			continue;
		print("\n");
		print_g(g);
	}
}

/* Context: any. */
void go_dump(void)
{
	dump_others(0);
}

/* Context: core stack. */
void panic_deadlock(void)
{
	if (go_count() == 0)
		panic("deadlock: no goroutine is left: main called go_exit, and the others have ended");
	panic("deadlock: all %u goroutines are asleep, no timer runs and no device can wake one", go_count());
}

/* What a debugger needs in order to find goroutines, cores, channels and timers in an image whose
 * kernel has no debug information: tools/gdb/skein.py. The version says which numbers follow, and
 * in which order. Whoever changes the order, or what a number means, raises it. Numbers that are
 * added go to the end, so an older reader may read on.
 *
 * The functions and the labels of assembly it finds by their names. */
#include "base/clock.h"
#include "memory/mem.h"
#include "report/report.h"
#include "sched/heap.h"
#include "sync/bubble.h"
#include "sync/waitq.h"

enum { VERSION = 1 };

#define AT(type, member) ((uint16_t)offsetof(struct type, member))

static const uint16_t numbers[] = {
    /* sizes, and the place of the first entry of a heap of timers */
    sizeof(struct core), CONFIG_CORE_STACK, sizeof(struct chunk), sizeof(struct timer_entry),
    PAGE_SIZE, ROOT,
    /* struct core */
    AT(core, arch.stack_top), AT(core, arch.spare), AT(core, index), AT(core, g), AT(core, up),
    AT(core, next), AT(core, slice_start), AT(core, timers), AT(core, runq.head),
    AT(core, runq.tail), AT(core, pinned.n), AT(core, handles), AT(core, stats.preemptions),
    AT(core, stats.steals),
    /* struct g and its struct g_top */
    AT(g, context), AT(g, frame), AT(g, stack), AT(g, top), AT(g, object), AT(g, since), AT(g, id),
    AT(g, why), AT(g, pin), AT(g, preempt_off), sizeof(struct g), AT(g_top, bubble),
    AT(g_top, site), AT(g_top, name), AT(g_top, borrowed), AT(g_top, borrowed_size),
    AT(g_top, stack_size), AT(g_top, range), sizeof(struct g_top),
    /* struct slab */
    AT(slab, size), AT(slab, room), AT(slab, cut), AT(slab, chunks),
    /* struct channel and struct chan_case */
    AT(channel, state), AT(channel, capacity), AT(channel, size), AT(channel, stride),
    AT(channel, read), AT(channel, receivers), AT(channel, senders), AT(channel, site),
    AT(channel, buffer), AT(channel, fixed), AT(chan_case, next), AT(chan_case, g),
    /* struct timers and struct timer_node, struct bubble, struct go_waiter */
    AT(timers, n), AT(timers, arrived), AT(timers, root), AT(timer_node, when), AT(timer_node, g),
    AT(timer_node, how), AT(bubble, number), AT(bubble, timers), AT(go_waiter, next),
    AT(go_waiter, g), AT(clock, ns_per_tick), AT(clock, origin)};

extern const char trap_start[], trap_end[];

/* linker/sections.ld keeps it, for nothing in the image refers to it. */
const struct debugger_table {
	char magic[6]; /* "skein" */
	uint16_t version;
	uint16_t count, reserved[3];
	const void *numbers, *cores, *core_count, *core_stacks, *gs, *why_name, *clock_rate;
	const void *trap_start, *trap_end;
} debugger_table __attribute__((section(".rodata.debugger_table"))) = {
    .magic = "skein",
    .version = VERSION,
    .count = sizeof(numbers) / sizeof(numbers[0]),
    .numbers = numbers,
    .cores = cores,
    .core_count = &core_count,
    .core_stacks = core_stacks,
    .gs = &g_slab,
    .why_name = why_name,
    .clock_rate = &clock_rate,
    .trap_start = trap_start,
    .trap_end = trap_end,
};

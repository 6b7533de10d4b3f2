/* go_leaks: which goroutines can nothing wake any more?
 *
 * A goroutine that waits can be woken by whoever reaches what it waits on. So this is the question
 * of a garbage collector, and the answer is found like one: while all cores stand still (pause.c),
 * memory is searched for words that are addresses. The search is conservative: it takes each word
 * for a pointer that looks like one. So it reports no goroutine that something can wake, but a
 * stale word may hide a leak.
 *
 * Roots: the variables of the program and its libraries, what interrupt handlers are given, and
 * each goroutine that runs, can run, was just claimed by a waker, or waits with a limit.
 * Blocks: what malloc and mem_alloc gave, and of each goroutine its g and its stack. An address
 * anywhere in a block reaches the block, and then the block is searched. Whoever waits stands in a
 * list that begins in what it waits on, and its node lies on its stack or leads to its g. So a
 * waiting goroutine is reached exactly when what it waits on is reached, or something else on its
 * stack. A goroutine that is reached is searched like one that runs: its registers, and its stack
 * from the stack pointer on. What waits at the end and was not reached has leaked.
 * A bubble (sync/bubble.c) has timers of its own, which its keeper expires as soon as all others of
 * the bubble rest. So they are no roots, but are reached with the keeper, and the keeper is reached
 * with any goroutine of the bubble: if one of them runs, or waits for something that is reached,
 * the clock of the bubble may yet move. A bubble in which one waits for ever on what nothing can
 * bring has leaked as a whole, with the goroutine that is in go_bubble.
 *
 * Memory comes in granules of 16 bytes, with three bits each: a block begins here (start); the
 * block was reached (mark); the block was reached, and is still to be searched (grey). Memory that
 * holds no pointers of the program is a block with a mark from the beginning: free blocks, and all
 * pages of the kernel but those named above. A table leads from the beginning of a stack or a g to
 * the g. Bits and table lie in pages that are taken during the pause. */
#include "base/atomic.h"
#include "base/clock.h"
#include "base/panic.h"
#include "memory/mem.h"
#include "report/granules.h"
#include "report/report.h"
#include "sched/grow.h"
#include "sched/pause.h"
#include "sched/pick.h"
#include "sched/sched.h"
#include "skein.h"
#include "sync/bubble.h"

/* How long to wait for the pause, before the next try. */
#define PATIENCE_LEAST ms(10)
#define PATIENCE_MOST sec(1)

extern char program_data_start[], program_data_end[], program_bss_start[], program_bss_end[];

static struct mutex turn; /* one call at a time */

/* The search. */

/* An address of a slot reaches the g whose stack it is; null: nobody's. */
static noinline uintptr_t owner_of_slot(const struct search *s, uintptr_t p)
{
	uintptr_t end = grow_slot_end(p);

	return end ? (uintptr_t)granules_key(s, end)->g : 0;
}

static inline void reach(struct search *s, uintptr_t p)
{
	size_t i;

	if (unlikely(arch_in_arena(p)))
		p = owner_of_slot(s, p);
	i = granule_of(s, p);
	if (i == s->granules)
		return;
	i = start_of(s, i);
	if (bit(s->marks, i))
		return;
	set(s->marks, i);
	set(s->greys, i);
	if (i / BITS < s->from)
		s->from = i / BITS;
}

static void look_at(struct search *s, const void *low, const void *high)
{
	const uintptr_t *end = (const uintptr_t *)((uintptr_t)high & -sizeof(uintptr_t));

	for (const uintptr_t *p = low; p < end; p++)
		reach(s, *p);
}

/* Of a stack that grows, pages may be missing that were never touched. */
static void look_at_stack(struct search *s, uintptr_t low, uintptr_t high)
{
	for (uintptr_t next; low < high; low = next) {
		next = (low | (PAGE_SIZE - 1)) + 1;
		if (next > high)
			next = high;
		if (arch_readable(low))
			look_at(s, (void *)low, (void *)next);
	}
}

/* The registers of g, if it left by interrupt or was interrupted by the pause. */
static const struct arch_frame *frame_of(const struct search *s, const struct g *g)
{
	for (unsigned i = 0; i < core_count && g != s->caller; i++)
		if (cores[i].g == g)
			return cores[i].arch.spare;
	return g->frame;
}

/* Of a goroutine with a frame the context holds the arguments of a go that may be under way. */
static void look_at_g(struct search *s, struct g *g)
{
	const struct arch_frame *frame = frame_of(s, g);
	uintptr_t sp = frame ? frame->sp - ARCH_PUSHED : arch_context_sp(&g->context);
	uintptr_t low = (uintptr_t)(g->top + 1) - g->top->stack_size, borrowed = g->top->borrowed;

	sp &= -sizeof(uintptr_t);
	set(s->marks, granule_of(s, (uintptr_t)g));
	if (frame) {
		const uintptr_t *captured = arch_captured(&g->context);

		look_at(s, captured, captured + ARCH_ARGUMENTS);
		look_at(s, frame, frame + 1);
	} else {
		look_at(s, &g->context, &g->context + 1);
	}
	if (borrowed && sp - borrowed < g->top->borrowed_size)
		look_at(s, (void *)sp, (void *)(borrowed + g->top->borrowed_size));
	else if (sp - low < g->top->stack_size)
		low = sp;
	look_at_stack(s, low, (uintptr_t)(g->top + 1));
}

static void look_at_timers(struct search *s, struct timers *t)
{
	for (unsigned i = 0; i < t->n + t->arrived; i++) {
		const struct timer_node *node = timer_at(t, i);

		reach(s, node->how & TIMER_CALLS ? (uintptr_t)node : (uintptr_t)node->g);
	}
}

/* Whoever keeps a bubble expires its timers. */
static void look_at_bubble(struct search *s, const struct g *g)
{
	struct bubble *b = g_bubble(g);

	if (b && b->keeper == g)
		look_at_timers(s, &b->timers);
}

static void look_at_block(struct search *s, size_t i)
{
	uintptr_t low = address_of(s, i);
	struct g *g = granules_key(s, low)->g;

	if (g) {
		look_at_g(s, g);
		look_at_bubble(s, g);
	} else {
		look_at(s, (void *)low, (void *)(low + (end_of(s, i) - i) * GRANULE));
	}
}

static void look_at_greys(struct search *s)
{
	while (s->from < s->words) {
		unsigned long bits = s->greys[s->from];

		if (bits) {
			size_t i = s->from * BITS + __builtin_ctzl(bits);

			clear(s->greys, i);
			look_at_block(s, i);
		} else {
			s->from++;
		}
	}
}

/* A waker claims all waiters of a queue before it readies the first. */
static bool is_claimed(const struct g *g)
{
	return g_why(g) >= G_MUTEX && g_why(g) <= G_COND && g->claim != CLAIM_OPEN;
}

static void reach_roots(struct search *s)
{
	look_at(s, program_data_start, program_data_end);
	look_at(s, program_bss_start, program_bss_end);
	look_at(s, &turn, &turn + 1);
	for (struct core *core = cores; core < cores + core_count; core++)
		look_at_timers(s, &core->timers);
	for (struct g *g = next_g(0); g; g = next_g(g))
		if (g_why(g) == G_RUNNABLE || is_claimed(g))
			reach(s, (uintptr_t)g);
}

/* Nobody can wake a goroutine that waits for ever, though others may look at its stack. */
static bool has_leaked(const struct search *s, const struct g *g)
{
	return g_why(g) == G_FOREVER || !bit(s->marks, granule_of(s, (uintptr_t)g));
}

static struct g **leaks_of(const struct search *s)
{
	return (struct g **)s->keys;
}

/* The leaks take the place of the table. */
static void collect(struct search *s)
{
	for (struct g *g = next_g(0); g; g = next_g(g))
		if (has_leaked(s, g))
			leaks_of(s)[s->leaks++] = g;
}

/* The pause, and the report. */

static void wipe(const struct search *s)
{
	for (unsigned long *p = s->memory; p < s->greys + s->words; p++)
		*p = 0;
}

/* Takes and clears the memory for all that. False: there is none. */
static bool prepare(struct search *s)
{
	size_t keys = 4;

	s->area = pages_area();
	s->heap = (s->area.heap_end - s->area.heap + GRANULE - 1) / GRANULE;
	s->granules = s->heap + (s->area.pages_end - s->area.pages) / GRANULE;
	s->words = s->granules / BITS + 1;
	for (struct g *g = next_g(0); g; g = next_g(g))
		keys += KEYS;
	for (s->mask = 1; s->mask < keys + keys / 2;)
		s->mask *= 2;
	s->bytes = 3 * s->words * sizeof(long) + s->mask * sizeof(struct key);
	for (s->order = 0; (size_t)PAGE_SIZE << s->order < s->bytes;)
		s->order++;
	s->memory = mem_pages(s->order);
	if (!s->memory)
		return false;
	s->keys = s->memory;
	s->starts = (unsigned long *)(s->keys + s->mask--);
	s->marks = s->starts + s->words;
	s->greys = s->marks + s->words;
	wipe(s);
	s->from = s->words;
	return true;
}

static void search(struct search *s)
{
	if (!prepare(s))
		return;
	granules_list(s);
	reach_roots(s);
	look_at_greys(s);
	collect(s);
}

/* The caller has parked, so that its registers are in memory too, and goes on after that. */
static void commit_search(void *arg)
{
	struct search *s = arg;
	struct core *core = arch_core();

	s->stood = pause_others(core, clock_ticks(s->patience));
	if (s->stood) {
		search(s);
		pause_end();
	}
	run(core, s->caller);
}

/* A core may come to stand late, see pause.c: then more patience is needed, or another try. */
static void pause_and_search(struct search *s)
{
	struct g *g = arch_self();

	s->caller = g;
	s->leaks = 0;
	s->patience = PATIENCE_LEAST;
	libc_heap_lock();
	mem_reclaim();
	for (;;) {
		arch_irq_off();
		arch_park(&g->context, commit_search, s);
		arch_irq_on();
		if (s->stood)
			break;
		if (s->patience < PATIENCE_MOST)
			s->patience *= 2;
	}
	libc_heap_unlock();
}

/* What has leaked stays where it is, so all cores run again meanwhile. */
static void print_leaks(const struct search *s)
{
	if (!s->memory)
		kprintf("go_leaks: no memory for the %zu KB that the search takes: give the board "
		        "more RAM (MEM=)\n",
		        s->bytes / 1024 + 1);
	else if (s->leaks)
		kprintf("\nleaks: nothing can wake %s any more:\n",
		        s->leaks == 1 ? "this goroutine" : "these goroutines");
	for (size_t i = 0; i < s->leaks && i < CONFIG_DUMP_MOST; i++)
		dump_waiting(leaks_of(s)[i]);
	if (s->leaks > CONFIG_DUMP_MOST)
		kprintf("\n%zu more goroutines\n", s->leaks - CONFIG_DUMP_MOST);
}

/* Cleared, for who uses these pages next would have pointers to every goroutine in them. */
static void give_back(const struct search *s)
{
	unsigned long was;

	if (!s->memory)
		return;
	wipe(s);
	was = arch_irq_off();
	mem_pages_free(s->memory, s->order);
	arch_irq_restore(was);
}

/* Context: goroutine; may park. */
size_t go_leaks(void)
{
	static struct search s;
	size_t leaks;

	assert_that(g_off_depth(arch_self()) == 0,
	            "go_leaks in an interrupt handler, after go_preempt_off or under a spin_lock: "
	            "it may wait");
	mutex_lock(&turn);
	pause_and_search(&s);
	print_leaks(&s);
	give_back(&s);
	leaks = s.leaks;
	mutex_unlock(&turn);
	return leaks;
}

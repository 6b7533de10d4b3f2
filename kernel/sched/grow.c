/* Stacks that grow: see grow.h.
 *
 * Slots. The arena is cut into blocks of 2 GB, and all slots of a block have one size, which its
 * class says: so an address leads to its slot. A class takes a block when its last one is used up.
 *
 * Growth. A goroutine that touches its stack below what is mapped faults, like any program that
 * touches an unmapped address. Its registers are in the core's spare frame then, as after an
 * interrupt, and kernel_arena_fault maps a page on the core stack and lets it go on. Nothing is told
 * to other cores: a core that remembers the empty entry faults once more and finds the page. It does
 * not matter whose goroutine faults: an object on a stack may be used by others.
 *
 * The kernel itself runs on the goroutine's stack until it parks. Growth takes locks, so a fault
 * under a lock could wait for ever. The same holds for what masking alone guards. So before a kernel
 * path takes a lock or changes what masking guards, it reads the byte as far down as it may come
 * (arch_touch_stack). That may fault, and what comes after does not (A8). A program may hold a
 * spin_lock, which masks: growth does not mind. CHECK=1 proves this on the paths that run: it
 * unmaps what lies below a goroutine's stack pointer, and panics at growth under a lock.
 *
 * What others store to on the stack of a goroutine that waits, its nodes and its values, lies above
 * its stack pointer and was touched by itself. What stacks give back is give_back.c. */
#include "sched/grow.h"
#include "base/panic.h"
#include "sched/arena.h"
#include "sched/marks.h"
#include "sched/stack.h"

_Static_assert(!ARCH_ARENA_SIZE || CONFIG_STACK == PAGE_SIZE, "the first page");
enum { CLASSES = 14 }; /* CONFIG_STACK_RANGE up to GROW_MOST */
_Static_assert(!ARCH_ARENA_SIZE || CONFIG_STACK_RANGE << (CLASSES - 1) == GROW_MOST, "classes");

#define BLOCK ((uintptr_t)1 << 31)
#define IN_STRETCH (ARCH_STRETCH / (2 * CONFIG_STACK_RANGE))   /* default slots */
#define BLOCKS (ARCH_ARENA_SIZE ? ARCH_ARENA_SIZE / BLOCK : 1) /* without an arena never taken */

static struct {
	struct lock lock; /* POOL */
	/* guarded by lock */
	unsigned blocks;   /* taken */
	uintptr_t ahead;   /* next stretch of the default class that has no table yet */
	uintptr_t reserve; /* block in which that is, if the class has not come to it; 0 */
	unsigned ready;    /* default slots with a table that are not taken; atomic, as a hint */
	struct class
	{
		uintptr_t next, end; /* what is left of its last block */
		struct g *free;      /* have ended; atomic, as a hint */
		unsigned used, made; /* slots; atomic, for grow_count */
	} classes[CLASSES];
	/* atomic: of each block, its class + 1; 0: not taken */
	uint8_t class_of[BLOCKS];
} all;

static uintptr_t range_of(unsigned class)
{
	return (uintptr_t)CONFIG_STACK_RANGE << class;
}

/* Context: any. */
unsigned grow_class(struct stack_kind kind)
{
	unsigned class = 0;

	while (range_of(class) < kind.most)
		class ++;
	return class;
}

static unsigned class_at(uintptr_t address)
{
	uintptr_t block = (address - ARCH_ARENA_START) / BLOCK;

	return block < BLOCKS ? load_relaxed(&all.class_of[block]) : 0;
}

/* Taking a slot. */

/* 0: the addresses are used up. */
static uintptr_t take_block(unsigned class)
{
	if (all.blocks == BLOCKS)
		return 0;
	store_relaxed(&all.class_of[all.blocks], (uint8_t)(class + 1));
	return ARCH_ARENA_START + all.blocks++ * BLOCK;
}

static noinline bool next_block(struct class *c, unsigned class)
{
	uintptr_t block = class == 0 && all.reserve ? all.reserve : take_block(class);

	if (!block)
		return false;
	if (class == 0)
		all.reserve = 0;
	c->next = block;
	c->end = block + BLOCK;
	return true;
}

/* The slots up to `next` are taken. Where they have come beyond the tables that were made ahead,
 * these go on from there. */
static void default_taken(uintptr_t next)
{
	if (all.ready)
		store_relaxed(&all.ready, all.ready - 1);
	else
		all.ahead = (next + ARCH_STRETCH - 1) & -ARCH_STRETCH;
}

/* 0: the addresses are used up. */
static uintptr_t take_slot(unsigned class)
{
	struct class *c = &all.classes[class];

	if (unlikely(c->next == c->end) && !next_block(c, class))
		return 0;
	c->next += 2 * range_of(class);
	if (class == 0)
		default_taken(c->next);
	store_relaxed(&c->made, c->made + 1);
	store_relaxed(&c->used, c->used + 1);
	return c->next;
}

/* Claims the next stretch that wants a table; 0: enough slots have one. */
static uintptr_t claim_stretch(void)
{
	uintptr_t at = all.ahead;

	if (all.ready >= IN_STRETCH)
		return 0;
	if (at % BLOCK == 0)
		at = all.reserve = take_block(0);
	if (at) {
		all.ahead = at + ARCH_STRETCH;
		store_relaxed(&all.ready, all.ready + IN_STRETCH);
	}
	return at;
}

/* Context: any. */
void grow_ahead(void)
{
	unsigned long was;
	uintptr_t at;

	if (load_relaxed(&all.ready) >= IN_STRETCH)
		return;
	was = arch_irq_off();
	lock(&all.lock, RANK_POOL);
	at = claim_stretch();
	unlock(&all.lock);
	arch_irq_restore(was);
	if (at)
		arena_prepare(at); /* if it fails, whoever takes the slot will find out */
}

static struct g *take_ended(struct class *c)
{
	struct g *g = 0;

	if (load_relaxed(&c->free)) {
		lock(&all.lock, RANK_POOL);
		if ((g = c->free)) {
			store_relaxed(&c->free, g->next);
			store_relaxed(&c->used, c->used + 1);
		}
		unlock(&all.lock);
	}
	return g;
}

static struct g *with_new_slot(unsigned class, struct slab *slab)
{
	struct g *g = slab_get(slab);
	uintptr_t end;

	if (!g)
		return 0;
	lock(&all.lock, RANK_POOL);
	end = take_slot(class);
	unlock(&all.lock);
	if (!end) {
		slab_put(slab, g);
		return 0;
	}
	g->top = (struct g_top *)end - 1;
	g->stack = 0; /* the first page is not mapped */
	return g;
}

/* Context: any, masked. */
struct g *grow_get(unsigned class, struct slab *slab)
{
	struct g *g = take_ended(&all.classes[class]);

	return g ? g : with_new_slot(class, slab);
}

/* Context: any, masked. */
void grow_list(struct g *g)
{
	struct class *c = &all.classes[class_at((uintptr_t)g->top) - 1];

	lock(&all.lock, RANK_POOL);
	g->next = c->free;
	store_relaxed(&c->free, g);
	store_relaxed(&c->used, c->used - 1);
	unlock(&all.lock);
}

/* Mapping what a goroutine begins with. */

/* Context: any, masked. */
bool grow_open(struct g *g, unsigned long was)
{
	uintptr_t first = grow_end_of(g) - PAGE_SIZE;
	void *page = g->stack ? 0 : mem_page();
	bool good = g->stack || page;

	while (page && good && arena_map(first, page) == ARCH_NO_TABLE) {
		arch_irq_restore(was);
		good = arena_prepare(first);
		arch_irq_off();
		if (!good)
			mem_page_free(page);
	}
	if (good)
		g->stack = first;
	else
		grow_list(g);
	return good;
}

static void free_chain(void **page, unsigned long was)
{
	while (page) {
		void **next = *page;

		mem_page_free(page);
		grow_let_in(was);
		page = next;
	}
}

/* n pages, chained by their first word; null: there are not so many. */
static void **get_chain(unsigned n, unsigned long was)
{
	void **chain = 0, **page;

	for (; n; n--) {
		page = mem_page();
		if (!page) {
			free_chain(chain, was);
			return 0;
		}
		*page = chain;
		chain = page;
		grow_let_in(was);
	}
	return chain;
}

/* The table is there, as the first page is mapped. */
static noinline bool map_rest(uintptr_t end, uint32_t size, unsigned long was)
{
	void **page = get_chain(size / PAGE_SIZE - 1, was), **next;

	if (!page)
		return false;
	for (uintptr_t at = end - size; page; page = next, at += PAGE_SIZE) {
		next = *page;
		if (arena_map(at, page) != ARCH_MAPPED)
			mem_page_free(page); /* a stray access has had it mapped */
		grow_let_in(was);
	}
	return true;
}

/* Context: any, masked. */
bool grow_fit(struct g *g, struct stack_kind kind, unsigned long was)
{
	uint32_t size = kind.grows ? CONFIG_STACK : kind.most;
	struct g_top *top = g->top;

	if (size > PAGE_SIZE && !map_rest(grow_end_of(g), size, was)) {
		grow_list(g);
		return false;
	}
	g->stack = grow_end_of(g) - size;
	stack_paint(g->stack, size); /* the header too, perhaps */
	top->stack_size = size;
	top->range = kind.grows ? kind.most : 0;
	top->apart = !stack_is_default(kind);
	top->deferred = 0;
	return true;
}

/* Growth. */

/* Context: any. */
bool grow_is_default(const struct g *g)
{
	return class_at((uintptr_t)g->top) == 1;
}

/* Context: any. */
uintptr_t grow_slot_end(uintptr_t address)
{
	unsigned class = class_at(address);

	return class ? (address | (2 * range_of(class - 1) - 1)) + 1 : 0;
}

/* The header of the stack whose slot the address lies in; null: nobody's. */
static struct g_top *top_at(uintptr_t address)
{
	uintptr_t end = grow_slot_end(address);

	return ARCH_ARENA_SIZE && end && arch_is_mapped(end - 1) ? (struct g_top *)end - 1 : 0;
}

/* Under a spin_lock this core may not wait for others, which may wait for the lock. */
static noinline void *page_after_all(void)
{
	if (!g_off_depth(arch_self()))
		grow_finish(arch_core());
	return mem_page();
}

static bool map(uintptr_t at)
{
	void *page = mem_page();
	enum arch_map result;

	if (!page && !(page = page_after_all()))
		return false;
	if (marks_on)
		stack_paint((uintptr_t)page, PAGE_SIZE);
	while ((result = arena_map(at, page)) == ARCH_NO_TABLE)
		if (!arena_prepare(at))
			break;
	if (result != ARCH_MAPPED)
		mem_page_free(page);
	return result != ARCH_NO_TABLE;
}

/* Several cores may touch different pages of one stack. */
static void note_size(struct g_top *top, uint32_t size)
{
	uint32_t known = load_relaxed(&top->stack_size);

	while (known < size && !cas_relaxed(&top->stack_size, known, size))
		known = load_relaxed(&top->stack_size);
	store_relaxed(&top->apart, true);
}

/* Context: core stack, masked. */
bool kernel_arena_fault(struct arch_frame *frame, uintptr_t address)
{
	struct g_top *top = top_at(address);
	uintptr_t at = address & -(uintptr_t)PAGE_SIZE, size;

	if (!top)
		return false;
	size = (uintptr_t)(top + 1) - at;
	if (size > load_relaxed(&top->range))
		return false;
	if (CONFIG_CHECK)
		lock_none_held("growth of a stack");
	if (!map(at))
		panic_interrupted(frame,
		                  "out of memory: a stack needs one more page: give the board "
		                  "more RAM (MEM=), or start fewer goroutines");
	note_size(top, (uint32_t)size);
	return true;
}

/* Context: any. */
size_t grow_needs(const struct g *g, uintptr_t address)
{
	uintptr_t at = address & -(uintptr_t)PAGE_SIZE, size = grow_end_of(g) - at;

	if (!grow_slotted(g) || size - 1 >= 2 * range_of(class_at((uintptr_t)g->top) - 1))
		return 0;
	return size;
}

/* Context: any. */
struct grow_count grow_count(void)
{
	struct grow_count count = {0};

	for (unsigned i = 0; i < CLASSES; i++) {
		count.used += load_relaxed(&all.classes[i].used);
		count.made += load_relaxed(&all.classes[i].made);
	}
	return count;
}

/* The race detector: two accesses to the same bytes, of which one writes and not both are atomic,
 * race unless one happens before the other by the edges that the kernel and the program's own calls
 * tell of. It is exact: what it reports is a race by Go's memory model, in this very run.
 *
 * gcc puts a call before each access of a program (-fsanitize=thread; tsan.c has the functions). The
 * shadow has four cells for each 8 bytes of memory. A cell is one access: who, in which epoch of its
 * slot, which bytes, and where (detector.h). An access looks at the cells of its 8 bytes. A cell of
 * another one that overlaps and whose epoch the clock of this goroutine has not seen (clock.c) is a
 * race. Then the access is recorded. It takes the place of a cell that it makes superfluous: one
 * that came before it, with no more bytes, that is not a write while this one reads, and not plain
 * while this one is atomic. Whoever does not race with the new cell does not race with that one.
 * Thus one cell suffices for what is accessed in turn, as FastTrack's epochs do; more are needed
 * where goroutines read at the same time, or use different bytes. If all four are taken, one gives
 * way in turn. So a race with an access that was long ago may be missed then, but none is invented.
 *
 * The cells under several cores. The shadow of a page has a lock. With it held, and interrupts
 * masked, an access looks and records. So of two accesses to the same bytes one comes second, and
 * finds the first: the two cannot miss each other. A handler on the same core finds no lock held,
 * because the holder is masked. Before that, without the lock, each access looks whether a cell says
 * that this goroutine has made such an access in this epoch. Then there is nothing to do: a cell is
 * read at once, as one word; only this goroutine writes cells with its stamp, and it knows its own;
 * and whoever races with the present access races with the recorded one, too. For as long as the
 * epoch lasts the owner has released nothing, so nobody knows one of the two and not the other.
 * (The cell may give way between the look and the access. That is as if it had done so after.)
 *
 * Shadow is made when memory is first used, a page at a time, and stays. Memory is all that lies
 * behind the image's constants, and the arena, where stacks lie: so each address that a goroutine
 * can hand to another has a shadow of its own. Devices have none.
 *
 * Rejected: one byte or one word for each byte of memory, as FastTrack has it: twice the memory, and
 * an access of 8 bytes looks at 8 words. Rejected: cells without a lock, as ThreadSanitizer has
 * them: two accesses at the same moment may both look before either records, and miss each other. */
#include "detector.h"
#include "memory/mem.h"

extern char rodata_end[];

enum { CHUNK_ORDER = 8 };

struct shadow_map shadow_map __attribute__((section(".bss.unscanned")));
static struct {
	struct lock lock;     /* guards what follows */
	char *cut, *end;      /* the rest of the newest chunk */
	struct shadow *spare; /* another core was first; or none */
} all __attribute__((section(".bss.unscanned")));

/* Context: boot, masked. */
void shadow_init(void)
{
	size_t pages;

	shadow_map.ram = (uintptr_t)rodata_end;
	shadow_map.size = board.ram_end - shadow_map.ram;
	pages = shadow_map.size / PAGE_SIZE + 1;
	shadow_map.page = race_alloc(pages * sizeof(*shadow_map.page));
}

/* Under the lock. The largest run of pages that there is. */
static void cut_chunk(void)
{
	unsigned order = CHUNK_ORDER;
	char *run;

	while (!(run = mem_pages(order)))
		assert_that(((size_t)PAGE_SIZE << --order) >= sizeof(struct shadow),
		            "race: out of memory for the shadow: give the board more RAM (MEM=)");
	all.cut = run;
	all.end = run + ((size_t)PAGE_SIZE << order);
}

static struct shadow *make(void)
{
	unsigned long was = arch_irq_off();
	struct shadow *s;
	uint64_t *word;

	race_lock(&all.lock);
	s = all.spare;
	all.spare = 0;
	if (!s) {
		if (all.end - all.cut < (ptrdiff_t)sizeof(*s))
			cut_chunk();
		s = (struct shadow *)all.cut;
		all.cut += sizeof(*s);
	}
	race_unlock(&all.lock);
	arch_irq_restore(was);
	word = (uint64_t *)s;
	for (size_t i = 0; i < sizeof(*s) / sizeof(*word); i++)
		word[i] = 0;
	return s;
}

/* Names s, unless another core was first; returns what is named. */
static struct shadow *publish(struct shadow **name, struct shadow *s)
{
	unsigned long was = arch_irq_off();
	struct shadow *there;

	race_lock(&all.lock);
	there = load_relaxed(name);
	if (there)
		all.spare = s;
	else
		store_release(name, s); /* D1 */
	race_unlock(&all.lock);
	arch_irq_restore(was);
	return there ? there : s;
}

static void make_table(struct shadow ***root)
{
	struct shadow **table = race_alloc(TABLE * sizeof(*table));
	unsigned long was = arch_irq_off();
	bool late;

	race_lock(&all.lock);
	late = load_relaxed(root);
	if (!late)
		store_release(root, table); /* D1 */
	race_unlock(&all.lock);
	arch_irq_restore(was);
	if (late)
		race_free(table, TABLE * sizeof(*table));
}

/* Context: any; the stack has been touched. */
struct shadow *shadow_get(uintptr_t a)
{
	struct shadow *s = shadow_find(a);

	if (likely(s))
		return s;
	if (a - shadow_map.ram >= shadow_map.size) {
		struct shadow ***root;

		if (!arch_in_arena(a))
			return 0;
		root = &shadow_map.arena[(a - ARCH_ARENA_START) / PAGE_SIZE / TABLE];
		if (!load_relaxed(root))
			make_table(root);
	}
	return publish(shadow_name(a), make());
}

/* Is what `old` says known to have come before what r does now? */
static inline bool is_before(const struct race *r, cell old)
{
	uint32_t slot = cell_slot(old), epoch = cell_epoch(old);

	return (slot == r->slot && epoch >= r->first) || clock_of(&r->seen, slot) >= epoch;
}

/* Does nobody need `old`, which came before, beside `now`? */
static inline bool replaces(cell now, cell old)
{
	return !(old & ~now & 0xff) && !(old & ~now & CELL_WRITE) && !(now & ~old & CELL_ATOMIC);
}

/* Context: masked, under the shadow's lock. */
bool shadow_check(struct shadow *s, struct race *r, uintptr_t at, unsigned mask, cell kind,
                  uint32_t where, struct conflict *conflict)
{
	cell *cells = s->cells[at / GRAIN % GRAINS], now = r->stamp | mask | kind, old;
	int place = -1;
	bool found = false;

	now |= (cell)where << WHERE_AT;
	for (int i = 0; i < CELLS; i++) {
		old = load_relaxed(&cells[i]);
		if (!old) {
			place = place < 0 ? i : place;
			continue;
		}
		if (!(old & now & 0xff))
			continue;
		if (is_before(r, old)) {
			if (!replaces(now, old))
				continue;
			if (place >= 0)
				store_relaxed(&cells[i], (cell)0);
			else
				place = i;
		} else if (((old | now) & CELL_WRITE) && !(old & now & CELL_ATOMIC)) {
			*conflict = (struct conflict){at & -(uintptr_t)GRAIN, old, now};
			found = true;
		}
	}
	if (place < 0)
		place = r->turn++ % CELLS;
	store_relaxed(&cells[place], now);
	s->used = true;
	return found;
}

/* An access within 8 bytes. */
static bool access_grain(struct race *r, uintptr_t at, unsigned mask, cell kind, uint32_t where,
                         struct conflict *conflict)
{
	struct shadow *s = shadow_get(at);
	unsigned long was;
	bool found;

	if (!s)
		return false;
	was = arch_irq_off();
	race_lock(&s->lock);
	found = shadow_check(s, r, at, mask, kind, where, conflict);
	race_unlock(&s->lock);
	arch_irq_restore(was);
	return found;
}

/* Reports the first conflict, if there is one.
 * Context: any. */
noinline void race_access(uintptr_t at, size_t n, cell kind)
{
	struct race *r = race_self();
	struct conflict conflict;
	uint32_t where;
	bool found = false;

	if (r->off || panic_begun() || !n)
		return;
	race_touch();
	where = where_here(r, (uintptr_t)__builtin_frame_address(0));
	while (n) {
		unsigned first = at % GRAIN, some = n < GRAIN - first ? (unsigned)n : GRAIN - first;
		unsigned mask = ((1u << some) - 1) << first;

		if (!found)
			found = access_grain(r, at, mask, kind, where, &conflict);
		else
			access_grain(r, at, mask, kind, where, &(struct conflict){0});
		at += some;
		n -= some;
	}
	if (found)
		race_report(&conflict);
}

static void drop(struct sync *sync)
{
	clock_free(&sync->clock);
	race_free(sync, sizeof(*sync));
}

static void forget_syncs(struct shadow *s, uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < SYNCS; i++) {
		struct sync **at = &s->sync[i], *sync;

		while ((sync = *at)) {
			if (sync->at >= start && sync->at < end) {
				*at = sync->next;
				drop(sync);
			} else {
				at = &sync->next;
			}
		}
	}
}

/* From start up to end, both in the page of this shadow. Bytes that share a grain with others' stay:
 * blocks of memory begin and end at multiples of 8. */
static void forget_in(struct shadow *s, uintptr_t start, uintptr_t end)
{
	unsigned long was = arch_irq_off();

	race_lock(&s->lock);
	forget_syncs(s, start, end);
	for (uintptr_t a = start & -(uintptr_t)GRAIN; s->used && a < end; a += GRAIN)
		for (unsigned i = 0; i < CELLS; i++)
			store_relaxed(&s->cells[a / GRAIN % GRAINS][i], (cell)0);
	race_unlock(&s->lock);
	arch_irq_restore(was);
}

/* Context: any; the stack has been touched. */
void race_forget(const void *memory, size_t size)
{
	uintptr_t start = (uintptr_t)memory, end = start + size, next;

	for (; start < end; start = next) {
		struct shadow *s = shadow_find(start);

		next = (start | (PAGE_SIZE - 1)) + 1;
		next = next < end ? next : end;
		if (s)
			forget_in(s, start, next);
	}
}

/* Three-level page tables of 512 entries, 4 KB pages, and 1 GB and 2 MB blocks, which AArch64 (39
 * bits) and Sv39 have in common. A region is mapped onto itself with the largest blocks that fit.
 *
 * Only arch.c of an architecture includes this, after it has defined how its entries look:
 *   uint64_t leaf_entry(uintptr_t address, unsigned level, enum arch_rights)    level 2 is a page
 *   uint64_t table_entry(const uint64_t *table)
 *   uint64_t *entry_table(uint64_t entry)    the table behind it, or null when it is a leaf
 *   uintptr_t entry_address(uint64_t entry) of the page or table behind it
 *   void entry_made(uintptr_t address)      this core may use an entry of the arena that was empty
 *   void entry_gone(uintptr_t address)      begins to make all cores forget one that was cleared
 * The root is arch_pagetables[0]: a constant, so that a core can find it before it reads memory.
 *
 * The upper half of the root is the arena's. Its tables come from the kernel. An entry of the arena
 * changes from empty to full and from full to empty only, so a core that still has the old entry in
 * its TLB never meets a second one beside it. A table of the first level below the root stays for
 * ever.
 *
 * Orders
 *   V1 release  entry in arch_map_table -> V2   the table is all zero: for who follows it in
 *                                               software; a walk follows it by the same address
 *   V2 acquire  entry in arena_entry    <- V1 */
#ifndef SKEIN_PAGETABLE_H
#define SKEIN_PAGETABLE_H
#include "arch.h"
#include "base/atomic.h"

/* The root, one for each 1 GB and each 2 MB that is not one block. An image with its rights takes
 * three, a range of registers up to three, RAM that ends at an odd page one or two. */
#define PAGETABLES 16
#define PAGETABLE_ENTRIES 512
#define PAGETABLE_SPAN ((uintptr_t)1 << 38) /* Sv39 mirrors bit 38 upwards */

uint64_t arch_pagetables[PAGETABLES][PAGETABLE_ENTRIES]
    __attribute__((aligned(4096), section(".noinit")));
static unsigned pagetables_used;

static uint64_t *pagetable_new(void)
{
	if (pagetables_used == PAGETABLES)
		return NULL;
	/* Volatile, or else it becomes a memset, and newlib's uses an instruction that uncached
	 * memory does not take. */
	volatile uint64_t *table = arch_pagetables[pagetables_used++];
	for (unsigned i = 0; i < PAGETABLE_ENTRIES; i++)
		table[i] = 0;
	return (uint64_t *)table;
}

/* Maps the part of `region` that lies in `table`, which covers the addresses from `base`. False
 * when the tables ran out or a part is mapped already. */
static bool pagetable_map(uint64_t *table, unsigned level, uintptr_t base,
                          const struct arch_region *region)
{
	uintptr_t size = (uintptr_t)1 << (30 - 9 * level);

	for (unsigned i = 0; i < PAGETABLE_ENTRIES; i++, base += size) {
		if (region->end <= base || base + size <= region->start)
			continue;
		bool whole = region->start <= base && base + size <= region->end;
		if (whole && !table[i]) {
			table[i] = leaf_entry(base, level, region->rights);
			continue;
		}
		if (level == 2)
			return false;
		uint64_t *next = table[i] ? entry_table(table[i]) : pagetable_new();
		if (!next || !pagetable_map(next, level + 1, base, region))
			return false;
		table[i] = table_entry(next);
	}
	return true;
}

static bool pagetable_build(const struct arch_region *region, unsigned n)
{
	uint64_t *root = pagetable_new();

	for (unsigned i = 0; i < n; i++)
		if ((region[i].start | region[i].end) % ARCH_PAGE ||
		    region[i].end > PAGETABLE_SPAN || !pagetable_map(root, 0, 0, &region[i]))
			return false;
	return true;
}

static inline uint64_t *entry_in(uint64_t *table, unsigned level, uintptr_t address)
{
	return &table[address >> (30 - 9 * level) & (PAGETABLE_ENTRIES - 1)];
}

/* Goes down from the root to the entry for an address in the table of *level, or to the empty entry
 * of a level above, and says which level that is. */
static inline uint64_t *arena_entry(uintptr_t address, unsigned *level)
{
	uint64_t *table = arch_pagetables[0];

#pragma GCC unroll 2
	for (unsigned i = 0; i < *level; i++) {
		uint64_t *entry = entry_in(table, i, address);
		uint64_t seen = load_acquire(entry); /* V2 */
		if (!seen) {
			*level = i;
			return entry;
		}
		table = entry_table(seen);
	}
	return entry_in(table, *level, address);
}

/* Context: any, masked. */
enum arch_map arch_map(uintptr_t address, void *page)
{
	unsigned level = 2;
	uint64_t *entry = arena_entry(address, &level);

	if (level < 2)
		return ARCH_NO_TABLE;
	if (load_relaxed(entry))
		return ARCH_MAPPED_BEFORE;
	store_relaxed(entry, leaf_entry((uintptr_t)page, 2, ARCH_DATA));
	entry_made(address);
	return ARCH_MAPPED;
}

/* Context: any. */
bool arch_is_mapped(uintptr_t address)
{
	unsigned level = 2;

	return load_relaxed(arena_entry(address, &level)) && level == 2;
}

/* Context: any, masked. */
unsigned arch_tables_missing(uintptr_t address)
{
	unsigned level = 2;

	arena_entry(address, &level);
	return 2 - level;
}

/* The same out of line: it is rare, and a new entry is announced soon after it was stored. */
static __attribute__((noinline)) uint64_t *empty_entry(uintptr_t address, unsigned *level)
{
	return arena_entry(address, level);
}

/* Two stretches may miss the same table of the first level.
 * Context: any, masked. */
void *arch_map_table(uintptr_t address, void *zeroed)
{
	unsigned level = 2;
	uint64_t *entry = empty_entry(address, &level);

	while (level < 2 && !cas_release(entry, 0, table_entry(zeroed))) { /* V1 */
		level = 2;
		entry = empty_entry(address, &level);
	}
	if (level == 2)
		return zeroed;
	entry_made(address);
	return NULL;
}

/* What an entry led to is 0 from now on; null: it was empty. */
static void *arena_clear(uintptr_t address, unsigned of_level)
{
	unsigned level = of_level;
	uint64_t *entry = arena_entry(address, &level), was = load_relaxed(entry);

	if (level < of_level || !was)
		return NULL;
	store_relaxed(entry, (uint64_t)0);
	entry_gone(address);
	return (void *)entry_address(was);
}

/* Context: any, masked. */
void *arch_unmap(uintptr_t address)
{
	return arena_clear(address, 2);
}

/* Context: any, masked. */
void *arch_unmap_table(uintptr_t address)
{
	return arena_clear(address, 1);
}
#endif

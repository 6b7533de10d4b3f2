/* Three-level page tables of 512 entries, 4 KB pages, and 1 GB and 2 MB blocks, which AArch64 (39
 * bits) and Sv39 have in common. A region is mapped onto itself with the largest blocks that fit.
 *
 * Only arch.c of an architecture includes this, after it has defined how its entries look:
 *   uint64_t leaf_entry(uintptr_t address, unsigned level, enum arch_rights)    level 2 is a page
 *   uint64_t table_entry(const uint64_t *table)
 *   uint64_t *entry_table(uint64_t entry)    the table behind it, or null when it is a leaf
 * The root is arch_pagetables[0]: a constant, so that a core can find it before it reads memory. */
#ifndef SKEIN_PAGETABLE_H
#define SKEIN_PAGETABLE_H
#include "arch.h"

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
#endif

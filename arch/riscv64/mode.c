/* RV64 in supervisor mode: the address space, and which timer there is. */
#include "arch.h"

/* Of an entry, beside the rights, which impl.h numbers as they stand there: */
enum { VALID = 1, GLOBAL = 1 << 5, USED = 3 << 6 };

static uint64_t leaf_entry(uintptr_t address, unsigned level, enum arch_rights rights)
{
	static const uint8_t bits[] = {
	    [ARCH_TEXT] = RIGHT_READ | RIGHT_EXECUTE,
	    [ARCH_RODATA] = RIGHT_READ,
	    [ARCH_DATA] = RIGHT_READ | RIGHT_WRITE,
	    [ARCH_DEVICE] = RIGHT_READ | RIGHT_WRITE,
	};

	(void)level;
	/* USED, accessed and dirty, because a core may fault in order to have them set. */
	return address >> 2 | bits[rights] | VALID | GLOBAL | USED;
}

static uint64_t table_entry(const uint64_t *table)
{
	return (uintptr_t)table >> 2 | VALID;
}

static uintptr_t entry_address(uint64_t entry)
{
	return entry >> 10 << 12;
}

static uint64_t *entry_table(uint64_t entry)
{
	return entry & (RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE)
	           ? NULL
	           : (uint64_t *)entry_address(entry);
}

/* Another core may remember that the entry was empty: see arch_fault. */
static void entry_made(uintptr_t address)
{
	__asm__ volatile("sfence.vma %0" : : "r"(address) : "memory");
}

/* Nothing begins here: each core forgets all entries at once, in arch_flush. */
static void entry_gone(uintptr_t address)
{
	(void)address;
}

#include "pagetable.h"

#define SATP_SV39 (8ul << 60)
bool arch_sstc;

/* Is there a stimecmp, and does the firmware allow it? If not, reading it traps to the label. */
static bool have_sstc(void)
{
	unsigned long have = 0, scratch, vector = csr_read(xtvec);

	__asm__ volatile("la %1, 1f\n\tcsrw stvec, %1\n\tcsrr %1, %2\n\tli %0, 1\n\t.balign 4\n1:"
	                 : "+r"(have), "=&r"(scratch)
	                 : "i"(STIMECMP)
	                 : "memory");
	csr_write(xtvec, vector);
	return have;
}

/* Context: boot core, MMU off. */
bool arch_memory(const struct arch_region *region, unsigned n)
{
	arch_sstc = have_sstc(); /* now, as the other cores sleep */
	arch_measure_wfi();
	return pagetable_build(region, n);
}

/* Entries of tables too, so of all addresses.
 * Context: any, masked. */
void arch_flush(void)
{
	__asm__ volatile("sfence.vma" : : : "memory");
}

/* Context: core stack, masked. */
void mode_core_init(void)
{
	__asm__ volatile("sfence.vma" : : : "memory"); /* the tables come before what walks them */
	csr_write(satp, SATP_SV39 | (uintptr_t)arch_pagetables[0] >> 12);
	__asm__ volatile("sfence.vma" : : : "memory");
}

/* A table of the arena may be given back meanwhile, and then anything be found in it, but not by a
 * second look.
 * Context: any. */
unsigned mode_rights(uintptr_t address)
{
	const uint64_t *table = arch_pagetables[0];
	uint64_t entry = 0;

	if (!pagetables_used || (address >= PAGETABLE_SPAN && !arch_in_arena(address)))
		return 0;
	for (unsigned shift = 30; table && shift >= 12; shift -= 9) {
		entry = load_relaxed(&table[address >> shift & (PAGETABLE_ENTRIES - 1)]);
		table = entry ? entry_table(entry) : NULL;
	}
	return entry & (RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE);
}

int __ctzdi2(unsigned long word);

/* What the compiler calls for the number of zeros below the lowest bit. Its own takes 45
 * instructions, which a core that wakes another spends masked. A multiplication by this number puts
 * six bits at the top that no two lowest bits have in common.
 * Context: any. */
int __ctzdi2(unsigned long word)
{
	static const uint8_t place[64] = {
	    0,  1,  56, 2,  57, 49, 28, 3,  61, 58, 42, 50, 38, 29, 17, 4,  62, 47, 59, 36, 45, 43,
	    51, 22, 53, 39, 33, 30, 24, 18, 12, 5,  63, 55, 48, 27, 60, 41, 37, 16, 46, 35, 44, 21,
	    52, 32, 23, 11, 54, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9,  13, 8,  7,  6,
	};

	return place[(word & -word) * 0x03f79d71b4ca8b09 >> 58];
}

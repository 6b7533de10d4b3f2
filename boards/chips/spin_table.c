/* One word a core; a core that finds an address in its word goes there. Memory is uncached
 * still, on both sides. */
#include "spin_table.h"

void arch_wait(void);

/* Context: boot core, before the address space. */
void spin_table_empty(uintptr_t table, unsigned cores)
{
	volatile uint64_t *word = (volatile uint64_t *)table;

	for (unsigned i = 1; i < cores; i++)
		word[i] = (uintptr_t)arch_wait;
	__asm__ volatile("dsb sy\n\tsev" : : : "memory");
}

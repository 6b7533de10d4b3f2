/* The detector's memory: blocks of the kernel's. */
#include "detector.h"
#include "memory/mem.h"

/* Context: any. */
void *race_alloc(size_t size)
{
	unsigned long was = arch_irq_off();
	uint64_t *block = slab_get(slab_of(mem_sizes, MEM_SMALLEST, size));

	arch_irq_restore(was);
	assert_that(block, "race: out of memory for what RACE=1 keeps: give the board more RAM "
	                   "(MEM=), or watch a smaller run");
	for (size_t i = 0; i < (size + 7) / 8; i++)
		block[i] = 0;
	return block;
}

/* Context: any. */
void race_free(void *block, size_t size)
{
	unsigned long was = arch_irq_off();
	struct slab *s = slab_of(mem_sizes, MEM_SMALLEST, size);

	if (block && size > SLAB_SMALL)
		slab_put_large(s, block);
	else if (block)
		slab_put(s, block);
	arch_irq_restore(was);
}

/* Pool: free blocks of one size.
 *
 * Each core has a list. Only that core, with interrupts masked, puts blocks into its list; any core
 * may take a whole list, by a swap for null. So a core that gets a block takes its own list, and
 * puts all but the first back by a plain store: nobody else has stored meanwhile. No list is ever
 * popped by compare-and-swap, and so no block can come back in between unnoticed (ABA). A core
 * whose list is empty takes another core's, and only then asks for memory. So what a core hoards
 * others can get, and a core asks for memory only when it has found every list empty.
 *
 * Orders
 *   P1 acquire  list in take   <- P2   the links of the list, and what was written before the put
 *   P2 release  list in give   -> P1 */
#include "base/atomic.h"
#include "base/panic.h"
#include "memory/mem.h"
#include "sched/core.h"
#include "skein.h"

_Static_assert(GO_LISTS >= CONFIG_CORES, "a list for each core");

struct block {
	struct block *next;
};

static inline struct block **list_of(struct pool *p, uintptr_t core)
{
	return (struct block **)&p->list[core].blocks;
}

/* This core's list. Masked. */
static inline struct block **own_list(struct pool *p)
{
	/* go_core_index is an instruction on some cores, and a call on those that have one slot;
	 * with CHECK=1 arch_core asks whether interrupts are masked */
	bool here = GO_SLOTS == 1 || CONFIG_CHECK;
	struct block **list = list_of(p, here ? arch_core()->index : go_core_index());

	__asm__("" : "+r"(list)); /* opaque, or gcc computes it twice */
	return list;
}

/* Takes a whole list. */
static inline struct block *take(struct block **list)
{
	return swap_acquire(list, 0); /* P1 */
}

/* The same of this core's list. Masked: nobody else puts blocks into it, so an empty one stays empty,
 * and a look costs less than a swap. */
static inline struct block *take_own(struct block **list)
{
	return load_relaxed(list) ? take(list) : 0;
}

/* The list is this core's, and empty. Masked. */
static inline void give(struct block **list, struct block *blocks)
{
	store_release(list, blocks); /* P2 */
}

/* Takes the list of another core. Masked. */
static struct block *steal(struct pool *p)
{
	struct block *blocks = 0;

	for (unsigned i = 0; i < core_count && !blocks; i++)
		if (load_relaxed(list_of(p, i)))
			blocks = take(list_of(p, i));
	return blocks;
}

/* The list is this core's, and leads to the pool: so pool_get need not keep that. */
static noinline void *get_slowly(struct block **list, unsigned long was)
{
	struct pool *p = (struct pool *)((struct go_list *)list - arch_core()->index);
	struct block *blocks = steal(p);

	if (blocks)
		give(list, blocks->next);
	arch_irq_restore(was);
	return blocks ? blocks : mem_alloc(p->size);
}

/* Context: goroutine. */
leaf void *pool_get(struct pool *p)
{
	unsigned long was = arch_irq_off();
	struct block **list = own_list(p), *first = take(list);

	if (unlikely(!first))
		return get_slowly(list, was);
	give(list, first->next);
	arch_irq_restore(was);
	return first;
}

/* Context: goroutine. */
leaf void pool_put(struct pool *p, void *block)
{
	unsigned long was;
	struct block **list;

	if (unlikely(!block))
		return;
	was = arch_irq_off();
	list = own_list(p);
	((struct block *)block)->next = take_own(list);
	give(list, block);
	arch_irq_restore(was);
}

/* Context: goroutine. */
void pool_drain(struct pool *p)
{
	struct block *blocks, *next;

	for (unsigned i = 0; i < core_count; i++)
		for (blocks = take(list_of(p, i)); blocks; blocks = next) {
			next = blocks->next;
			mem_free(blocks, p->size);
		}
}

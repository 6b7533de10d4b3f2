/* Stacks that grow, on a machine with an MMU.
 *
 * Such a stack has a slot of the arena, a power of two in size. The upper half is the stack's. Its
 * first page, the highest one, is mapped from the start, and each further page when it is first
 * touched. So a stack grows without being copied, and pointers into it stay valid. The lower half
 * is a guard: nothing is ever mapped there.
 *
 * A g that has a slot keeps it for ever, and the first page with it. What else was mapped goes back
 * when the goroutine ends. */
#ifndef SKEIN_GROW_H
#define SKEIN_GROW_H
#include "memory/mem.h"
#include "sched/core.h"

/* Does this kind of stack take a slot? */
static inline bool grow_takes(struct stack_kind kind)
{
	return ARCH_ARENA_SIZE && (kind.grows || kind.most >= PAGE_SIZE);
}

/* Is g's stack in a slot? */
static inline bool grow_slotted(const struct g *g)
{
	return arch_in_arena((uintptr_t)g->top);
}

/* Lets interrupts in, unless they were masked: to make a stack takes long. */
static inline void grow_let_in(unsigned long was)
{
	arch_irq_restore(was);
	arch_irq_off();
}

unsigned grow_class(struct stack_kind); /* of the slot that it takes; 0: the default's too */

/* A g with a slot of a class, that has ended, or a new one; null: out of memory or addresses. */
struct g *grow_get(unsigned class, struct slab *);
/* Has a table made for the next default slots, so that a go with interrupts masked finds it. */
void grow_ahead(void);
/* Both: false when out of memory; g is on a list then. `was` is what arch_irq_off returned; interrupts
 * may be taken meanwhile. */
bool grow_open(struct g *, unsigned long was); /* maps the first page of such a g, if it is not */
/* Gives a g that is open a stack of a kind that fits its slot. */
bool grow_fit(struct g *, struct stack_kind, unsigned long was);

/* Keeps such a g, all of which is given back but its first page, for the next one of its class. */
void grow_list(struct g *);
bool grow_is_default(const struct g *); /* its slot fits a default stack */

static inline uintptr_t grow_end_of(const struct g *g)
{
	return (uintptr_t)(g->top + 1);
}

/* Giving back: give_back.c. */

/* Gives back what this core has begun to. Waits masked. */
void grow_finish(struct core *);
/* The goroutine has ended: begins to give back all of its stack but the first page, and keeps g
 * until that is done. Interrupts may be taken meanwhile. True: call grow_settle now until nothing
 * is left. Else it can wait until this core has nothing to do.
 * Context: core stack, not idle. */
bool grow_end(struct core *, struct g *);
/* Does one step. Sets *whole to a g that can be used as a default one, or null. False: nothing is
 * left.
 * Context: core stack. */
bool grow_settle(struct core *, struct g **whole);
bool grow_unsettled(const struct core *); /* something is left */

/* The end of the slot that the address lies in; 0: none. Context: any. */
uintptr_t grow_slot_end(uintptr_t address);

/* Bytes of stack that g would need mapped if the address were used; 0: it is not in g's slot. */
size_t grow_needs(const struct g *, uintptr_t address);

/* CHECK=1: unmaps what lies below the stack pointer of a goroutine that is about to run.
 * Context: core stack. */
void grow_squeeze(struct core *, struct g *);

struct grow_count {
	unsigned used, made;
};
struct grow_count grow_count(void); /* slots: with a goroutine or kept for one; all ever taken */

#endif

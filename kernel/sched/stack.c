/* Stacks come in powers of two, each size from a slab of its own. One word in each 32nd of a stack
 * is painted whenever it is taken from there, so that the cost does not grow with the size: it is
 * paid with interrupts masked. The lowest word is the canary; the others tell how much was used,
 * the more finely the smaller the stack. */
#include "sched/stack.h"
#include "base/config.h"
#include "base/hot.h"
#include "memory/mem.h"
#include "sched/marks.h"

#define CLASSES 12 /* CONFIG_STACK_MIN up to 2,048 times that */
_Static_assert(CONFIG_STACK_MAX <= CONFIG_STACK_MIN << (CLASSES - 1), "a class for each size");

enum { PAINTED = 32 }; /* words */

#define CLASS(i) SLAB(CONFIG_STACK_MIN << (i))
static struct slab classes[CLASSES] = {CLASS(0), CLASS(1), CLASS(2),  CLASS(3),
                                       CLASS(4), CLASS(5), CLASS(6),  CLASS(7),
                                       CLASS(8), CLASS(9), CLASS(10), CLASS(11)};

static struct slab *class_of(size_t size)
{
	return slab_of(classes, CONFIG_STACK_MIN, size);
}

/* Context: any. */
size_t stack_round(size_t size)
{
	if (ARCH_ARENA_SIZE && size > PAGE_SIZE / 2 && size <= CONFIG_STACK_MAX)
		return (size + PAGE_SIZE - 1) & -(size_t)PAGE_SIZE;
	return size > CONFIG_STACK_MAX ? 0 : (size_t)CONFIG_STACK_MIN << (class_of(size) - classes);
}

/* STACKS=1: the bytes below a stack that belong to nobody. What a function that leaves its stack has
 * stored of its registers, before it is noticed, lies there. */
static inline size_t zone(size_t size)
{
	return CONFIG_STACKS && !ARCH_LIMIT && size <= CONFIG_STACK_MAX / 2 ? size : 0;
}

/* Context: any, masked. */
uintptr_t stack_get(size_t size)
{
	size_t whole = size + zone(size);
	/* a class known to the compiler spares the search */
	struct slab *s = likely(size == CONFIG_STACK) ? class_of(CONFIG_STACK + zone(CONFIG_STACK))
	                                              : class_of(whole);
	uintptr_t low = (uintptr_t)slab_get(s);

	if (!low)
		return 0;
	low += whole - size;
	stack_paint(low, size);
	return low;
}

/* Context: any, masked. */
void stack_put(uintptr_t low, size_t size)
{
	size_t whole = size + zone(size);

	low -= whole - size;
	if (whole > SLAB_SMALL)
		slab_put_large(class_of(whole), (void *)low);
	else
		slab_put(class_of(whole), (void *)low);
}

static inline void paint(uintptr_t low, size_t step)
{
#pragma GCC unroll 32
	for (unsigned i = 0; i < PAINTED; i++)
		*(uintptr_t *)(low + i * step) = STACK_PAINT;
}

/* Context: any. */
void stack_paint(uintptr_t low, size_t size)
{
	if (unlikely(marks_on))
		for (size_t at = 0; at < size; at += sizeof(uintptr_t))
			*(uintptr_t *)(low + at) = STACK_PAINT;
	else if (likely(size == CONFIG_STACK))
		/* a step known to the compiler is half the work */
		paint(low, CONFIG_STACK / PAINTED);
	else
		paint(low, size / PAINTED);
}

/* Rounds up: what lies between two painted words may have been used.
 * Context: any. */
size_t stack_used(uintptr_t low, size_t size)
{
	size_t step = marks_on ? sizeof(uintptr_t) : size / PAINTED, free = 0;

	while (free < size && *(uintptr_t *)(low + free) == STACK_PAINT)
		free += step;
	return free ? size - (free - step) - sizeof(uintptr_t) : size;
}

/* Context: any. */
struct stack_count stack_count(void)
{
	struct stack_count count = {0};

	for (unsigned i = 0; i < CLASSES; i++) {
		count.used += classes[i].used;
		count.peak += classes[i].made;
	}
	return count;
}

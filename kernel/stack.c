/* Stacks come in powers of two, each size from a slab of its own. A stack is painted when it is first cut; with CHECK=1
 * on every spawn too. Its lowest word is the canary. */
#include "stack.h"
#include "config.h"
#include "mem.h"

#define CLASSES 11 /* CONFIG_STACK_MIN up to 1,024 times that */
_Static_assert(CONFIG_STACK_MAX <= CONFIG_STACK_MIN << (CLASSES - 1), "a class for each size");

static struct slab classes[CLASSES];

static unsigned class_of(size_t size)
{
	unsigned i = 0;

	while ((size_t)CONFIG_STACK_MIN << i < size)
		i++;
	return i;
}

/* Context: any. */
size_t stack_round(size_t size)
{
	return size > CONFIG_STACK_MAX ? 0 : (size_t)CONFIG_STACK_MIN << class_of(size);
}

/* Context: any, masked. */
uintptr_t stack_get(size_t size, bool *fresh)
{
	struct slab *s = &classes[class_of(size)];
	uintptr_t *low;

	s->size = size; /* always the same: no lock needed */
	low = slab_get(s, fresh);
	if (low && !*fresh)
		*low = STACK_PAINT; /* the free list's link stood there */
	return (uintptr_t)low;
}

/* Context: any, masked. */
void stack_put(uintptr_t low, size_t size)
{
	slab_put(&classes[class_of(size)], (void *)low);
}

/* Context: any. */
void stack_paint(uintptr_t low, size_t size)
{
	uintptr_t *p = (uintptr_t *)low, *end = (uintptr_t *)(low + size);

	for (; end - p >= 8; p += 8) {
		p[0] = p[1] = p[2] = p[3] = STACK_PAINT;
		p[4] = p[5] = p[6] = p[7] = STACK_PAINT;
	}
	while (p < end)
		*p++ = STACK_PAINT;
}

/* Context: any. */
size_t stack_used(uintptr_t low, size_t size)
{
	const uintptr_t *p = (uintptr_t *)low, *end = (uintptr_t *)(low + size);

	while (p < end && *p == STACK_PAINT)
		p++;
	return (uintptr_t)end - (uintptr_t)p;
}

/* Context: any. */
struct stack_count stack_count(void)
{
	struct stack_count count = {0};

	for (unsigned i = 0; i < CLASSES; i++) {
		count.made += classes[i].made;
		count.used += classes[i].used;
		count.peak += classes[i].peak;
	}
	return count;
}

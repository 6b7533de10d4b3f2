/* Goroutine stacks. The only file that knows where they come from, how their ends are guarded
 * and how their use is seen. */
#ifndef SKEIN_STACK_H
#define SKEIN_STACK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* To a size that a stack can have; 0: too large. From a page on it is whole pages where there is an
 * MMU, else a power of two. */
size_t stack_round(size_t size);
/* low end of a painted stack of a rounded size; 0: out of memory */
uintptr_t stack_get(size_t size);
void stack_put(uintptr_t low, size_t size);
void stack_paint(uintptr_t low, size_t size);
size_t stack_used(uintptr_t low, size_t size); /* bytes ever used, to a 32nd of the size */

struct stack_count {
	unsigned used, peak;
};
struct stack_count stack_count(void); /* all sizes together */

/* A small negative number: one instruction on every machine. */
#define STACK_PAINT ((uintptr_t)-1446)

/* Context: any. */
static inline void stack_mark(uintptr_t low)
{
	*(uintptr_t *)low = STACK_PAINT;
}

/* The canary still stands. Context: any. */
static inline bool stack_intact(uintptr_t low)
{
	return *(uintptr_t *)low == STACK_PAINT;
}

#endif

/* Goroutine stacks. The only file that knows where they come from and how their ends are guarded. */
#ifndef SKEIN_STACK_H
#define SKEIN_STACK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t stack_round(size_t size);               /* to the size that stack_get gives; 0: too large */
uintptr_t stack_get(size_t size, bool *fresh); /* low end of a stack of a rounded size; 0: out of memory */
void stack_put(uintptr_t low, size_t size);
void stack_paint(uintptr_t low, size_t size); /* fills it with the pattern, canary included: 1.3 instructions a word */
static inline bool stack_intact(uintptr_t low); /* the canary still stands */
size_t stack_used(uintptr_t low, size_t size);  /* bytes from the deepest one ever written to the high end */

struct stack_count {
	unsigned made, used, peak;
};
struct stack_count stack_count(void); /* all sizes together */

#define STACK_PAINT ((uintptr_t)0x5afe57acc5afe57aULL)

/* Context: any. */
static inline bool stack_intact(uintptr_t low)
{
	return *(uintptr_t *)low == STACK_PAINT;
}

#endif

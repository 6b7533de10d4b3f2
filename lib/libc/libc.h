/* newlib on goroutines: see the head of each file. */
#ifndef SKEIN_LIBC_H
#define SKEIN_LIBC_H
#include <stddef.h>

enum { LIBC_STACK = 8192 }; /* of a borrowed stack: half of it was never seen used */

/* Runs fn(arg) on a borrowed stack, or here when this goroutine is on one already. Waits in
 * order for one. */
void libc_borrow(void (*fn)(void *), void *arg);

/* Panics in a handler and under a spin_lock: the C library may wait. */
void libc_check_context(void);

void libc_stacks_init(void);

/* Behind the 0 of a "0x" that text begins with, or null. */
const char *libc_bare_0x(const char *text);

/* read of descriptor 0: input.c. */
int libc_input(void *to, size_t n);
/* Before exit flushes the streams: who waits in libc_input does not come back. */
void libc_input_leave(void);

#endif

/* The end of a run that cannot go on. Every floor may panic; kernel/report makes the report. */
#ifndef SKEIN_PANIC_H
#define SKEIN_PANIC_H
#include <stdbool.h>
#include <stdint.h>
#include "base/atomic.h"

enum {
	STATUS_RACES = 66,
	STATUS_LEAKS = 67,
	STATUS_PANIC = 70,
	STATUS_FAULT = 71,
	STATUS_LIMIT = 124
};

/* Panics unless the condition holds. */
#define assert_that(condition, ...)                    \
	do {                                           \
		if (__builtin_expect(!(condition), 0)) \
			panic(__VA_ARGS__);            \
	} while (0)

/* Upward. */

/* Prints what went wrong and what to do about it, stops the other cores, dumps every goroutine, and
 * exits with STATUS_PANIC.
 * Context: any. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2), cold));

/* The same for the goroutine whose registers lie in the frame: at a fault it could not go on.
 * Context: core stack, masked. */
struct arch_frame;
_Noreturn void panic_interrupted(const struct arch_frame *, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));

/* A core that finds this set stops where it is. Cores look in spin loops, and at IPI_STOP. The
 * value is 0, or index + 1 of the core that ends the program, or PANIC_ASKED, which a debugger
 * stores: then the first core that finds it in an interrupt reports. */
extern uint32_t panic_core; /* atomic */
#define PANIC_ASKED UINT32_MAX
void panic_stop(void); /* from a spin loop */
void panic_take(void); /* in an interrupt */

/* Context: any, masked. */
static inline void panic_stop_if_asked(void)
{
	if (__builtin_expect(load_relaxed(&panic_core), 0))
		panic_stop();
}

/* Is there a core that ends the program? */
static inline bool panic_begun(void)
{
	return load_relaxed(&panic_core) + 1 > 1;
}

#endif

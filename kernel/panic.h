/* The end: one sentence, where it happened, every goroutine, and the board's exit. */
#ifndef SKEIN_PANIC_H
#define SKEIN_PANIC_H
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include "atomic.h"

enum { STATUS_PANIC = 70, STATUS_FAULT = 71, STATUS_LIMIT = 124 };

/* Of core.stopped: after an interrupt or a fault of a goroutine the core's spare frame says what ran,
 * in a spin loop it does not. */
enum { STOPPED_SPINNING = 1, STOPPED_BY_INTERRUPT };

struct arch_frame;
struct core;

/* Says what went wrong and what to do about it. Stops the other cores, dumps every goroutine, exits
 * with STATUS_PANIC.
 * Context: any. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2), cold));

/* panic unless it holds. */
#define assert_that(condition, ...)                    \
	do {                                           \
		if (__builtin_expect(!(condition), 0)) \
			panic(__VA_ARGS__);            \
	} while (0)

/* Every goroutine is asleep and nothing can wake one. */
_Noreturn void panic_deadlock(void);

/* A core that finds this set stops where it is: asked in interrupts and spin loops. 0: none; index + 1
 * of the core that ends the program; or PANIC_ASKED, stored by a debugger: the first core that
 * finds it in an interrupt reports. */
extern uint32_t panic_core; /* atomic */
#define PANIC_ASKED UINT32_MAX
void panic_stop(void);
bool panicking(const struct core *); /* it is the one */
void panic_stop_others(void);        /* of several cores that call it one returns */

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

void vprint(const char *format, va_list *);
void print_place(uintptr_t pc,
                 /* a function's name and offset; the call before pc may be its last instruction */
                 bool call);

/* Upward, by name: what deadlock.c knows about goroutines. */
struct g;
void dump_culprit(const struct core *, const struct g *, const struct arch_frame *, uintptr_t fp);
void dump_core_stack(const struct core *, const struct arch_frame *, uintptr_t fp);
void dump_others(const struct g *except);

#endif

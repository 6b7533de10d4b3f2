/* The parts of a report: panic.c ends the run, dump.c reports goroutines. */
#ifndef SKEIN_REPORT_H
#define SKEIN_REPORT_H
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/panic.h"
#include "sched/core.h"

/* Values of core.stopped. After an interrupt or a fault of a goroutine the core's spare frame says
 * what ran; after a stop in a spin loop it does not. */
enum { STOPPED_SPINNING = 1, STOPPED_BY_INTERRUPT };

bool panicking(const struct core *); /* this core ends the program */
/* Returns on one core of those that call it. interrupted: the spare frame says what ran here. */
void panic_stop_others(bool interrupted);
/* panic for what the function with this frame pointer did: of a goroutine that has run here, or,
 * with null, of a handler */
_Noreturn void panic_left(const struct g *, uintptr_t fp, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
/* every goroutine is asleep and nothing can wake one */
_Noreturn void panic_deadlock(void);

void vprint(const char *format, va_list *);
/* Prints a function's name and the offset of pc. With `call`, pc follows a call, which may be the
 * last instruction of the function. */
void print_place(uintptr_t pc, bool call);

void dump_culprit(const struct core *, const struct g *, const struct arch_frame *, uintptr_t fp);
void dump_core_stack(const struct core *, const struct arch_frame *, uintptr_t fp);
void dump_others(const struct g *except);
void dump_waiting(const struct g *);
void dump_marks(void); /* skein.marks=1: what goroutines used of their stacks */

/* Upward. */

/* lib/libc/malloc.c: nobody allocates or frees between these two */
void libc_heap_lock(void);
void libc_heap_unlock(void);
/* Walks all blocks of malloc, by what malloc returned; null begins and ends. Between these two. */
const void *libc_heap_next(const void *memory, bool *used);

#endif

/* THE ARCH CONTRACT: all that the kernel asks of an instruction set.
 *
 * Each arch/<isa>/ holds
 *   impl.h     the two structs and the inline functions below, included at the end of this file
 *   entry.S    power-on to kernel_start, and where a secondary core begins
 *   switch.S   park, leave, load, resume, capture: they save, load and jump, and hold no policy
 *   trap.S     the vector: one path for interrupts, one for faults
 *   arch.c     the rest
 *   arch.mk    toolchain and flags, and a folder of files that it shares with another
 *
 * Stacks (kernel/sched/core.h). A goroutine stack may park and be interrupted. A core stack runs
 * the scheduler and the interrupt handlers, with interrupts masked, and is entered fresh at its top
 * each time: it holds no saved context.
 *
 * Upward calls, six: kernel_start, kernel_start_core, kernel_interrupt, kernel_fault,
 * kernel_arena_fault, g_end. */
#ifndef SKEIN_ARCH_H
#define SKEIN_ARCH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/config.h"

struct core;
struct g;
/* what survives a call: callee-saved general registers, sp and pc; the first member of struct g */
struct arch_context;
/* every register, at least .pc .sp .fp: where an interrupt or a fault stores them */
struct arch_frame;

/* The first member of struct core: what assembly reads of a core. */
struct arch_core {
	void *stack_top; /* of the core stack */
	/* where the next interrupt of a goroutine is stored (invariant 4) */
	struct arch_frame *spare;
	void *fault_stack_top;
	struct arch_frame *fault_frame; /* where a fault on the core stack is stored */
};

/* Words that the arguments of go(f, ...) take: four of at most 64 bits. */
#define ARCH_ARGUMENTS (sizeof(uintptr_t) == 8 ? 4 : 8)

/* A part of the address space, for arch_memory. Bounds are multiples of ARCH_PAGE. */
enum arch_rights { ARCH_TEXT, ARCH_RODATA, ARCH_DATA, ARCH_DEVICE };
struct arch_region {
	uintptr_t start, end;
	enum arch_rights rights;
};

/* Builds the address space: what no region covers faults when touched, page zero among it. Boot
 * core, before arch_core_init, memory still uncached when it is called. False when the static
 * tables do not suffice. */
bool arch_memory(const struct arch_region *, unsigned n);

/* The arena: a range of virtual addresses beside the memory that is mapped onto itself, in which
 * the kernel maps single pages of data. ARCH_ARENA_START and ARCH_ARENA_SIZE say where it lies; the
 * size is 0 on a machine without an MMU, which has no use for the functions. One last table maps
 * ARCH_STRETCH bytes. For each stretch only one of the functions that name an address may run at a
 * time.
 *
 * A page that was taken off may still be used through the old entry, by this core and by others,
 * until each core has called arch_flush or, if ARCH_FLUSH_ALL, the core that took it off has. Until
 * then neither the page nor the table may be used for anything else, and nothing may be mapped
 * there.
 * Context: any, masked. */
enum arch_map { ARCH_MAPPED, ARCH_MAPPED_BEFORE, ARCH_NO_TABLE };
/* Maps a page where none is; else says what is there already, or that a table is missing. */
enum arch_map arch_map(uintptr_t address, void *page);
bool arch_is_mapped(uintptr_t address); /* a hint, while others map and unmap there */
unsigned arch_tables_missing(uintptr_t address);
/* Puts an all-zero page in the place of the first of them. Returns it when none is missing. */
void *arch_map_table(uintptr_t address, void *zeroed);
void *arch_unmap(uintptr_t address); /* returns the page; null: none is mapped */
/* Takes the last table for an address off, in which nothing is mapped any more, and returns it. */
void *arch_unmap_table(uintptr_t address);
void arch_flush(void);

/* Memory has what this core has written there, even if a reset empties the caches; where the
 * instruction set cannot say so, only if the caches are written through or outlive the reset. */
void arch_clean(const void *, size_t);

/* From here on arch_core() answers, and a fault on this core is reported. On the core stack. */
void arch_fault_init(struct core *);

/* Makes this core a kernel core: caches and address space on. On the core stack, after
 * arch_fault_init. */
void arch_core_init(struct core *);

/* Where a secondary core begins: board_start_core hands it to the firmware with the core's index as
 * argument. It lands in kernel_start_core(index) on that core's stack. */
void arch_secondary_entry(void);

/* Makes ctx run entry(arg[0..ARCH_ARGUMENTS - 1]) on a stack that begins at `stack`, for a machine
 * that guards it, and ends at stack_top (16-byte aligned), with interrupts on and floating point
 * usable. entry may return: that calls g_end. */
static inline void arch_context_init(struct arch_context *ctx, uintptr_t stack, void *stack_top,
                                     void (*entry)(void), const uintptr_t *arg);

/* The ways off a goroutine's stack and back on. Interrupts are masked before, and after in the
 * caller of arch_park. The last three do not return, and are not declared so: then a call at a
 * function's end is a jump. */
/* saves, then fn(arg) on the core stack */
void arch_park(struct arch_context *save, void (*fn)(void *), void *arg);
/* the same, saving nothing */
void arch_leave(void (*fn)(void *), void *arg);
/* returns from the arch_park that saved, still masked */
void arch_load(const struct arch_context *);
/* back to where an interrupt came; the frame becomes the spare */
void arch_resume(struct arch_frame *);

/* Calls fn(arg) on another stack, and returns. Context: goroutine. */
void arch_call_on(uintptr_t stack, void *stack_top, void (*fn)(void *), void *arg);

/* Completes a frame that kernel_interrupt was given, so that a goroutine can take it along:
 * floating-point state. */
void arch_frame_keep(struct arch_frame *);

/* Undoes that for a goroutine that goes on: a handler, which is the program's code, used those
 * registers in between. */
void arch_frame_unkeep(const struct arch_frame *);

/* The core's spare frame. The one before belongs to the caller from here on. */
static inline void arch_spare_set(struct core *, struct arch_frame *);

/* this core. Only while masked, or the caller may be moved; with CHECK=1 it asks */
static inline struct core *arch_core(void);
/* the running goroutine, in one instruction, right across migration */
static inline struct g *arch_self(void);
static inline void arch_self_set(struct g *); /* masked, before a load or a resume */

static inline unsigned long arch_irq_off(void); /* masks; returns the state before */
static inline void arch_irq_restore(unsigned long);
static inline void arch_irq_on(void);
static inline bool arch_irq_masked(void);
/* masked: an interrupt waits to be taken */
static inline bool arch_irq_pending(void);
static inline bool arch_irq_was_masked(unsigned long state); /* what arch_irq_off returned */
/* masked; tells a handler or the scheduler from a goroutine */
static inline bool arch_on_core_stack(struct core *);
static inline uintptr_t arch_sp(void); /* the stack pointer, roughly */
/* the frame pointer; in a function that makes no frame, its caller's: for arch_backtrace */
static inline uintptr_t arch_fp(void);

/* masked: waits until an interrupt is pending, does not take it */
static inline void arch_idle(void);
/* in a spin loop: lets another core run, under exact replay too */
static inline void arch_relax(void);
/* the count of board_clock without a call, in one instruction on 64-bit machines, perhaps a little
 * stale: stamps on hot paths, where board_clock may be slow */
static inline uint64_t arch_cycles(void);
static inline void arch_touch_stack(void); /* A8: reads the byte at sp - CONFIG_TOUCH */
_Noreturn void arch_halt(void);            /* this core stops for good */

/* Fills pc[] with the return addresses found by walking frame records from fp, inside [low,
 * high); returns how many. */
unsigned arch_backtrace(uintptr_t fp, uintptr_t low, uintptr_t high, uintptr_t *pc, unsigned n);
uintptr_t arch_context_pc(const struct arch_context *);
uintptr_t arch_context_fp(const struct arch_context *);
uintptr_t arch_context_sp(const struct arch_context *);
/* The i-th register of a frame, for a report; false past the last. */
bool arch_frame_register(const struct arch_frame *, unsigned i, const char **name,
                         uintptr_t *value);

/* Stores the words of its arguments and its return address in arch_self()->context, which a running
 * goroutine does not use: the first half of go(f, ...) (skein.h). */
void go_capture(void);
/* those ARCH_ARGUMENTS + 1 words */
static inline const uintptr_t *arch_captured(const struct arch_context *);

/* Semihosting: the host's files, command line and exit. -1 where no host answers, after
 * arch_fault_init. */
long arch_semihost(long operation, const void *block);

/* Upward. */
/* boot core, on its core stack, bss cleared, masked, MMU off */
_Noreturn void kernel_start(uintptr_t firmware_arg);
/* a secondary: on its core stack, masked, MMU off */
_Noreturn void kernel_start_core(unsigned index);
/* core stack; returns when the interrupted goroutine goes on */
void kernel_interrupt(struct arch_frame *);
_Noreturn void kernel_fault(struct arch_frame *, const char *what, uintptr_t address,
                            bool on_core_stack);
/* A goroutine has touched an address of the arena where no page is mapped. True: one is there now.
 * Context: core stack, masked. */
bool kernel_arena_fault(struct arch_frame *, uintptr_t address);
/* the stacks of the cores, and from assembly `cores`: where a core's struct arch_core is
 * (core.h) */
extern char core_stacks[CONFIG_CORES][CONFIG_CORE_STACK];
unsigned core_index(void); /* of this core. Context: masked */
/* panics: arch_core was asked with interrupts on */
_Noreturn void core_unmasked(void) __attribute__((cold));
/* goroutine: the function that it was made for has returned. Does not return */
void g_end(void);

#include "impl.h"

/* An address of the arena? */
static inline bool arch_in_arena(uintptr_t address)
{
	return ARCH_ARENA_SIZE && address - ARCH_ARENA_START <= (uintptr_t)ARCH_ARENA_SIZE - 1;
}

/* May the address be read, if it is one of the arena? For reports, which follow what they find.
 * Context: any. */
static inline bool arch_readable(uintptr_t address)
{
	return !ARCH_ARENA_SIZE || !arch_in_arena(address) || arch_is_mapped(address);
}

/* A stack pointer that passes the low end that arch_context_init and arch_call_on were told is a
 * fault at once. */
#ifndef ARCH_LIMIT
#define ARCH_LIMIT 0
#endif
/* There is neither that nor an arena, the stacks in which end at a page that is never mapped. */
#define ARCH_UNGUARDED (!ARCH_LIMIT && !ARCH_ARENA_SIZE)

/* The most that the hardware itself pushes on the stack of a goroutine that it interrupts. */
#ifndef ARCH_PUSHED
#define ARCH_PUSHED 0
#endif
/* bytes of a new goroutine's arguments that lie on its stack, for arch_context_init */
#ifndef ARCH_PASSED
#define ARCH_PASSED 0
#endif
#endif

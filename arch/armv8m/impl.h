/* ARMv8-M with the main extension: everything runs privileged, in the secure state if there is one.
 *
 *   r9        the running goroutine; a library of the compiler may borrow it, and gives it back
 *   PSP       the stack of goroutines, PSPLIM its low end; CONTROL.SPSEL tells it from
 *   MSP       the core stack, MSPLIM its low end, and just below that the address of this core and
 *             what arch_taken tells
 *   PRIMASK   masks. An SVC would escalate under it, so what returns to an interrupted goroutine,
 *             which only an SVC's return can do (it restores the middle of an IT block or of a load
 *             of many registers), trades it for BASEPRI first
 *   FPCA      (of CONTROL) clear on core stacks and until a goroutine uses floating point
 *
 * The kernel never runs in handler mode: the stub forges what the hardware would have pushed on the
 * core stack, and returns to that. So the kernel can leave an interrupt for another goroutine, and
 * faults in it are like any others. */
#ifndef SKEIN_IMPL_H
#define SKEIN_IMPL_H
#include "base/atomic.h"
#include "no_arena.h"
#include "offsets.h"

#define ARCH_PAGE 4096
#define ARCH_FP (0 IF_FP(+1)) /* are there floating-point registers? */
#define ARCH_LIMIT 1
#define ARCH_PUSHED (PUSHED_SIZE + ARCH_FP * PUSHED_FP_SIZE + 4)
#define ARCH_PASSED ((ARCH_ARGUMENTS - 4) * 4)

/* A parked goroutine. If it has used floating point, pc leads to what reloads it from its stack. */
struct arch_context {
	uintptr_t r4[5];
	uintptr_t r10[2];
	uintptr_t sp;
	uintptr_t pc;    /* where arch_park returns to */
	uintptr_t limit; /* of the stack that it runs on, also while it runs */
};

/* What the hardware pushes on the stack of whom it interrupts. */
struct arch_pushed {
	uintptr_t r0[4];
	uintptr_t r12, lr, pc, xpsr;
};

struct arch_frame {
	uintptr_t r4[8];
	struct arch_pushed *pushed;
	uintptr_t return_code; /* EXC_RETURN */
	uintptr_t pc;
	union {
		uintptr_t sp, fp; /* there is no frame pointer: see arch_backtrace */
	};
	/* Valid after arch_frame_keep, if return_code says that floating point was in use: */
	uint32_t s16[ARCH_FP ? 16 : 0];
};

/* Of the system: */
enum { ICSR = 0xe000ed04, ICSR_VECTPENDING = 0x1ff << 12 };

void arch_begin(void); /* where a goroutine begins: switch.S */

/* For each core, where it takes its stack and its first instruction from: a multiple of 128. */
extern const char arch_reset_table[CONFIG_CORES][128];

/* A counter of the board that all cores share, of 32 bits, at clock_hz, and how often half of its
 * range has gone by. arch_cycles corrects the latter by the counter's highest bit, so
 * it may be late by one: arch_clock_turn, twice in the counter's range at least, brings it up to
 * date. Many may do that at once: they store the same, or one that was late by then.
 *
 * Orders
 *   C1 release  turns in arch_clock_turn -> C2   the count that it was made of came before
 *   C2 acquire  turns in arch_cycles     <- C1   the count is read after it */
extern struct arch_clock {
	uint32_t turns; /* atomic: C1 C2 */
	uint32_t down;  /* UINT32_MAX if it counts down */
	const volatile uint32_t *count;
} arch_clock;
uint64_t arch_clock_turn(void); /* arch_cycles() */
/* the same for a goroutine, which may be kept from between the two loads for a turn */
uint64_t arch_clock_now(void);

/* The compiler keeps its hands off this register; the scheduler changes it between goroutines. */
register struct g *arch_r9 __asm__("r9");

static inline struct g *arch_self(void)
{
	return arch_r9;
}

static inline void arch_self_set(struct g *g)
{
	arch_r9 = g;
}

static inline struct core *arch_core(void)
{
	uintptr_t limit;

	if (CONFIG_CHECK && !arch_irq_masked())
		core_unmasked();
	/* Volatile: it may not move before what masked. */
	__asm__ volatile("mrs %0, msplim" : "=r"(limit));
	return *(struct core **)(limit + LIMIT_CORE);
}

/* The number of the exception that interrupted a goroutine, told once; then 0.
 * Context: core stack. */
static inline unsigned arch_taken(void)
{
	uintptr_t limit;
	unsigned *taken, number;

	__asm__ volatile("mrs %0, msplim" : "=r"(limit));
	taken = (unsigned *)(limit + LIMIT_TAKEN);
	number = *taken;
	*taken = 0;
	return number;
}

static inline void arch_spare_set(struct core *core, struct arch_frame *frame)
{
	((struct arch_core *)core)->spare = frame;
}

static inline unsigned long arch_irq_off(void)
{
	unsigned long state;

	__asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(state) : : "memory");
	return state;
}

static inline void arch_irq_restore(unsigned long state)
{
	__asm__ volatile("msr primask, %0" : : "r"(state) : "memory");
}

static inline void arch_irq_on(void)
{
	__asm__ volatile("cpsie i" : : : "memory");
}

static inline bool arch_irq_was_masked(unsigned long state)
{
	return state;
}

static inline bool arch_irq_masked(void)
{
	unsigned long state;

	__asm__ volatile("mrs %0, primask" : "=r"(state));
	return arch_irq_was_masked(state);
}

/* Under PRIMASK the hardware still says which one it would take; under BASEPRI it would not. */
static inline bool arch_irq_pending(void)
{
	return *(volatile uint32_t *)ICSR & ICSR_VECTPENDING;
}

static inline uintptr_t arch_sp(void)
{
	uintptr_t sp;

	__asm__ volatile("mov %0, sp" : "=r"(sp));
	return sp;
}

static inline uintptr_t arch_fp(void) /* as in struct arch_frame */
{
	return arch_sp();
}

static inline bool arch_on_core_stack(struct core *core)
{
	unsigned long control;

	(void)core;
	__asm__ volatile("mrs %0, control" : "=r"(control));
	return !(control & CONTROL_PSP);
}

static inline void arch_idle(void)
{
	/* The barrier completes what others wait for before this core stops. */
	__asm__ volatile("dsb\n\twfi" : : : "memory");
}

static inline void arch_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

static inline uint64_t arch_cycles(void)
{
	uint32_t turns = load_acquire(&arch_clock.turns); /* C2 */
	uint32_t count = *arch_clock.count ^ arch_clock.down;

	turns += (turns ^ count >> 31) & 1;
	return (uint64_t)(turns >> 1) << 32 | count;
}

/* The limit is a guard that no store can pass. */
static inline void arch_touch_stack(void)
{
}

static inline const uintptr_t *arch_captured(const struct arch_context *context)
{
	return context->r4;
}

/* The first four words go to registers, the others stay where the procedure call standard has
 * them. */
static inline void arch_context_init(struct arch_context *context, uintptr_t stack, void *stack_top,
                                     void (*entry)(void), const uintptr_t *arg)
{
	uintptr_t *sp = (uintptr_t *)stack_top - 4;

	for (unsigned i = 0; i < 4; i++)
		sp[i] = arg[4 + i];
	for (unsigned i = 0; i < 4; i++)
		context->r4[i] = arg[i];
	context->r4[4] = (uintptr_t)entry;
	context->sp = (uintptr_t)sp;
	context->pc = (uintptr_t)arch_begin;
	context->limit = stack + STACK_RESERVED;
}
#endif

/* AArch64: goroutines run at EL1 on SP_EL0, the kernel at EL1 on SP_EL1.
 *
 *   TPIDR_EL1     the running goroutine
 *   TPIDRRO_EL0   this core
 *   SP_EL1        while a goroutine runs, the core's spare frame; else the core stack
 *   TPIDR_EL0     scratch of the fault stub
 *   FPCR          zero on a core stack; a goroutine's own value follows it */
#ifndef SKEIN_IMPL_H
#define SKEIN_IMPL_H
#include "offsets.h"

#define ARCH_PAGE 4096

/* The upper half of what 39 bits translate, but for its last GB. */
#define ARCH_ARENA_START ((uintptr_t)1 << 38)
#define ARCH_ARENA_SIZE ((uintptr_t)0xff << 30)
#define ARCH_STRETCH ((uintptr_t)1 << 21)
#define ARCH_FLUSH_ALL true /* tlbi reaches all cores */

/* A parked goroutine: d8 to d15 lie on its stack, at sp. */
struct arch_context {
	uintptr_t x[10]; /* x19 to x28 */
	uintptr_t fp;
	uintptr_t sp;
	uintptr_t pc; /* where arch_park returns to */
};

struct arch_frame {
	uintptr_t x[29];
	uintptr_t fp;
	uintptr_t lr;
	uintptr_t sp;
	uintptr_t pc;
	uintptr_t pstate;
	/* Valid after arch_frame_keep: */
	uint64_t fpcr, fpsr;
	uint64_t q[32][2];
} __attribute__((aligned(16)));

void arch_begin(void); /* where a goroutine begins: switch.S */

/* The exception level that the boot core began at: who answers a firmware call depends on it. */
extern unsigned arch_boot_el;

/* Lets a core go on that waits at _start, to arch_secondary_entry, once board_wake has woken it.
 * In rising order. */
void arch_let_in(unsigned index);

static inline void arch_spare_set(struct core *core, struct arch_frame *frame)
{
	((struct arch_core *)core)->spare = frame;
}

static inline struct core *arch_core(void)
{
	struct core *core;

	if (CONFIG_CHECK && !arch_irq_masked())
		core_unmasked();
	__asm__ volatile("mrs %0, tpidrro_el0" : "=r"(core));
	return core;
}

static inline struct g *arch_self(void)
{
	struct g *g;

	/* Volatile: the scheduler changes it. */
	__asm__ volatile("mrs %0, tpidr_el1" : "=r"(g));
	return g;
}

static inline void arch_self_set(struct g *g)
{
	__asm__ volatile("msr tpidr_el1, %0" : : "r"(g));
}

static inline unsigned long arch_irq_off(void)
{
	unsigned long state;

	__asm__ volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(state) : : "memory");
	return state;
}

static inline void arch_irq_restore(unsigned long state)
{
	__asm__ volatile("msr daif, %0" : : "r"(state) : "memory");
}

static inline void arch_irq_on(void)
{
	__asm__ volatile("msr daifclr, #2" : : : "memory");
}

static inline bool arch_irq_was_masked(unsigned long state)
{
	return state & 1 << 7;
}

static inline bool arch_irq_masked(void)
{
	unsigned long state;

	__asm__ volatile("mrs %0, daif" : "=r"(state));
	return arch_irq_was_masked(state);
}

static inline bool arch_irq_pending(void)
{
	unsigned long pending;

	__asm__ volatile("mrs %0, isr_el1" : "=r"(pending));
	return pending;
}

static inline uintptr_t arch_sp(void)
{
	uintptr_t sp;

	__asm__ volatile("mov %0, sp" : "=r"(sp));
	return sp;
}

static inline uintptr_t arch_fp(void)
{
	uintptr_t fp;

	__asm__ volatile("mov %0, x29" : "=r"(fp));
	return fp;
}

static inline bool arch_on_core_stack(struct core *core)
{
	unsigned long selected;

	(void)core;
	__asm__ volatile("mrs %0, spsel" : "=r"(selected));
	return selected;
}

static inline void arch_idle(void)
{
	/* The barrier completes what others wait for before this core stops. */
	__asm__ volatile("dsb sy\n\twfi" : : : "memory");
}

static inline void arch_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

static inline uint64_t arch_cycles(void)
{
	uint64_t now;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(now));
	return now;
}

static inline void arch_touch_stack(void)
{
	uintptr_t unused;

	/* Of all loads only the paired ones reach so far below their base. */
	__asm__ volatile("ldp %0, xzr, [sp, %1]" : "=r"(unused) : "i"(-CONFIG_TOUCH));
}

static inline const uintptr_t *arch_captured(const struct arch_context *context)
{
	return context->x;
}

/* arch_load pops d8 to d15, whatever they are, so that it has one path. */
static inline void arch_context_init(struct arch_context *context, uintptr_t stack, void *stack_top,
                                     void (*entry)(void), const uintptr_t *arg)
{
	uintptr_t a = arg[0], b = arg[1], c = arg[2], d = arg[3];

	(void)stack;
	context->x[0] = a;
	context->x[1] = b;
	context->x[2] = c;
	context->x[3] = d;
	context->x[4] = (uintptr_t)entry;
	context->fp = 0; /* the last frame record */
	context->sp = (uintptr_t)stack_top - PARK_AREA;
	context->pc = (uintptr_t)arch_begin;
}
#endif

/* RV64: goroutines and the kernel run in S-mode, above firmware that answers the SBI.
 *
 *   tp         the running goroutine
 *   gp         this core; a goroutine that moves to another core finds that core there
 *   sscratch   the core's spare frame, but for the first instructions of a trap
 *   sie        the three sources are on from the start: only sstatus.SIE masks
 *   FS         (of sstatus) Initial, with fcsr zero, on core stacks and until a goroutine uses
 *              floating point; Dirty from then on whenever it runs. Kernel code has no
 *              floating-point instruction, so an interrupt leaves those registers alone */
#ifndef SKEIN_IMPL_H
#define SKEIN_IMPL_H
#include "offsets.h"

#define ARCH_PAGE 4096

/* A parked goroutine. If it has used floating point, pc leads to what reloads it from its stack. */
struct arch_context {
	uintptr_t s[12]; /* s0 is the frame pointer */
	uintptr_t sp;
	uintptr_t pc; /* where arch_park returns to */
};

struct arch_frame {
	uintptr_t pc;
	uintptr_t ra, sp, gp, tp; /* gp: the core that it was on */
	uintptr_t t0[3];
	uintptr_t fp; /* s0 */
	uintptr_t s1;
	uintptr_t a[8];
	uintptr_t s2[10];
	uintptr_t t3[4];
	uintptr_t status;
	uintptr_t scratch[2]; /* of the trap stub */
	/* Valid after arch_frame_keep, if status says Dirty: */
	uintptr_t fcsr;
	uint64_t f[32];
} __attribute__((aligned(16)));

/* The firmware's number of each core: the boot core's is there from the start, the board adds the
 * rest before it starts them. */
extern uintptr_t arch_hart[CONFIG_CORES];
extern bool arch_sstc;         /* cores have a timer of their own, stimecmp */
extern bool arch_wfi_is_cheap; /* so arch_relax may use it */

#define csr_read(csr)                                                 \
	({                                                            \
		unsigned long csr_value;                              \
		__asm__ volatile("csrr %0, " #csr : "=r"(csr_value)); \
		csr_value;                                            \
	})
#define csr_write(csr, value) __asm__ volatile("csrw " #csr ", %0" : : "rK"(value) : "memory")
#define csr_set(csr, bits) __asm__ volatile("csrs " #csr ", %0" : : "rK"(bits) : "memory")
#define csr_clear(csr, bits) __asm__ volatile("csrc " #csr ", %0" : : "rK"(bits) : "memory")

/* By number: the assembler learned the name late. */
#define STIMECMP 0x14d

/* The compiler keeps its hands off this register; the scheduler changes it between goroutines. */
register struct g *arch_tp __asm__("tp");

static inline struct g *arch_self(void)
{
	return arch_tp;
}

static inline void arch_self_set(struct g *g)
{
	arch_tp = g;
}

static inline struct core *arch_core(void)
{
	struct core *core;

	/* Volatile: it may not move before what masked. */
	__asm__ volatile("mv %0, gp" : "=r"(core));
	return core;
}

static inline void arch_spare_set(struct core *core, struct arch_frame *frame)
{
	((struct arch_core *)core)->spare = frame;
	if (core == arch_core()) /* else arch_core_init will */
		csr_write(sscratch, frame);
}

static inline unsigned long arch_irq_off(void)
{
	unsigned long state;

	__asm__ volatile("csrrci %0, sstatus, %1" : "=r"(state) : "i"(STATUS_SIE) : "memory");
	return state;
}

/* Sets all that was set, which is one instruction less: of the rest, FS is as dirty again when its
 * owner gets here, and sret's operands are loaded just before it. */
static inline void arch_irq_restore(unsigned long state)
{
	__asm__ volatile("csrs sstatus, %0" : : "r"(state) : "memory");
}

static inline void arch_irq_on(void)
{
	__asm__ volatile("csrsi sstatus, 2" : : : "memory");
}

static inline bool arch_irq_was_masked(unsigned long state)
{
	return !(state & STATUS_SIE);
}

static inline bool arch_irq_masked(void)
{
	return arch_irq_was_masked(csr_read(sstatus));
}

static inline bool arch_on_core_stack(struct core *core)
{
	uintptr_t sp;

	__asm__ volatile("mv %0, sp" : "=r"(sp));
	return (uintptr_t)((struct arch_core *)core)->stack_top - sp <= CONFIG_CORE_STACK;
}

static inline void arch_idle(void)
{
	__asm__ volatile("wfi" : : : "memory");
}

/* A wfi that does not wait, masked: an interrupt is made pending. The alarm, for a moment: it is a level, and putting it
 * back loses nothing. Without stimecmp a wake of its own, which stays pending, as another core's may be behind it. */
static inline void arch_wfi_hint(void)
{
	unsigned long alarm;

	/* arch_sstc is read here, so that no spin loop keeps its address in a register and thus needs more stack. */
	__asm__ volatile("lla %0, arch_sstc\n\tlbu %0, 0(%0)\n\tbeqz %0, 1f\n\t"
	                 "csrrw %0, %1, zero\n\twfi\n\tcsrw %1, %0\n\tj 2f\n"
	                 "1:\tcsrsi sip, %2\n\twfi\n2:"
	                 : "=&r"(alarm)
	                 : "i"(STIMECMP), "i"(SIP_SOFTWARE)
	                 : "memory");
}

/* Under exact replay QEMU lets another core run at a wfi and at no other hint; elsewhere under QEMU
 * that takes a lock of all cores, and `pause` will do. */
static inline void arch_relax(void)
{
	unsigned long state;

	if (!arch_wfi_is_cheap) {
		__asm__ volatile(".4byte 0x0100000f" : : : "memory"); /* pause */
		return;
	}
	state = arch_irq_off();
	arch_wfi_hint();
	arch_irq_restore(state);
}

static inline uint64_t arch_cycles(void)
{
	return csr_read(time);
}

static inline void arch_touch_stack(void)
{
	unsigned long unused;

	__asm__ volatile("lb %0, -512(sp)" : "=r"(unused));
}

static inline const uintptr_t *arch_captured(const struct arch_context *context)
{
	return context->s;
}
#endif

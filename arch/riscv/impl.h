/* RISC-V: goroutines and the kernel run in one mode, which arch/riscv64 or arch/riscv32 chooses;
 * the registers of that mode go by the x of the manual (csr.h).
 *
 *   tp         the running goroutine
 *   gp         this core; a goroutine that moves to another core finds that core there
 *   xscratch   the core's spare frame, but for the first instructions of a trap
 *   xie        the three sources are on from the start: only STATUS_IE of xstatus masks
 *   FS         (of xstatus) Initial, with fcsr zero, on core stacks and until a goroutine uses
 *              floating point; Dirty from then on whenever it runs. Kernel code has no
 *              floating-point instruction, so an interrupt leaves those registers alone */
#ifndef SKEIN_IMPL_H
#define SKEIN_IMPL_H
#include "offsets.h"

#define ARCH_PAGE 4096
#define ARCH_FP (0 IF_FP(+1)) /* are there floating-point registers? */

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
	uint64_t f[ARCH_FP ? 32 : 0];
} __attribute__((aligned(16)));

void arch_begin(void); /* where a goroutine begins: switch.S */

/* The machine's number of each core, and -1: the boot core's is there from the start, the board
 * adds another one before it starts that core, which waits for it (entry.S). Firmware that starts a
 * core orders what was written before by itself.
 *
 * Orders
 *   H1 release  arch_hart in board_start_core     -> H2   what the boot core wrote is visible
 *   H2 acquire  arch_hart in arch_secondary_entry <- H1 */
extern uintptr_t arch_hart[CONFIG_CORES]; /* atomic: H1 H2 */
extern bool arch_wfi_is_cheap;            /* so arch_relax may use it */

#define csr_name(csr) csr_name_(csr)
#define csr_name_(csr) #csr
#define csr_read(csr)                                                          \
	({                                                                     \
		unsigned long csr_value;                                       \
		__asm__ volatile("csrr %0, " csr_name(csr) : "=r"(csr_value)); \
		csr_value;                                                     \
	})
#define csr_write(csr, value) \
	__asm__ volatile("csrw " csr_name(csr) ", %0" : : "rK"(value) : "memory")
#define csr_set(csr, bits) __asm__ volatile("csrs " csr_name(csr) ", %0" : : "rK"(bits) : "memory")
#define csr_clear(csr, bits) \
	__asm__ volatile("csrc " csr_name(csr) ", %0" : : "rK"(bits) : "memory")

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

	if (CONFIG_CHECK && !arch_irq_masked())
		core_unmasked();
	/* Volatile: it may not move before what masked. */
	__asm__ volatile("mv %0, gp" : "=r"(core));
	return core;
}

static inline void arch_spare_set(struct core *core, struct arch_frame *frame)
{
	((struct arch_core *)core)->spare = frame;
	if (__builtin_expect(core == arch_core(), 1)) /* else arch_core_init will */
		csr_write(xscratch, frame);
}

static inline unsigned long arch_irq_off(void)
{
	unsigned long state;

	__asm__ volatile("csrrci %0, " csr_name(xstatus) ", %1"
	                 : "=r"(state)
	                 : "i"(STATUS_IE)
	                 : "memory");
	return state;
}

/* Sets all that was set, which is one instruction less: of the rest, FS is as dirty again when its
 * owner gets here, and xret's operands are loaded just before it. */
static inline void arch_irq_restore(unsigned long state)
{
	__asm__ volatile("csrs " csr_name(xstatus) ", %0" : : "r"(state) : "memory");
}

static inline void arch_irq_on(void)
{
	__asm__ volatile("csrsi " csr_name(xstatus) ", %0" : : "i"(STATUS_IE) : "memory");
}

static inline bool arch_irq_was_masked(unsigned long state)
{
	return !(state & STATUS_IE);
}

static inline bool arch_irq_masked(void)
{
	return arch_irq_was_masked(csr_read(xstatus));
}

static inline bool arch_irq_pending(void)
{
	return csr_read(xip) & (IP_SOFTWARE | IP_TIMER | IP_EXTERNAL);
}

/* As a variable of a register it is compared without a copy. */
register uintptr_t riscv_sp __asm__("sp");

static inline uintptr_t arch_sp(void)
{
	return riscv_sp;
}

static inline uintptr_t arch_fp(void)
{
	uintptr_t fp;

	__asm__ volatile("mv %0, s0" : "=r"(fp));
	return fp;
}

static inline bool arch_on_core_stack(struct core *core)
{
	return (uintptr_t)((struct arch_core *)core)->stack_top - arch_sp() <= CONFIG_CORE_STACK;
}

static inline void arch_idle(void)
{
	__asm__ volatile("wfi" : : : "memory");
}

#include "mode.h"

/* What a mode's own file holds beside arch_memory. */
enum { RIGHT_READ = 2, RIGHT_WRITE = 4, RIGHT_EXECUTE = 8 };
void mode_core_init(void);               /* the rights of memory hold on this core from here on */
unsigned mode_rights(uintptr_t address); /* what arch_memory gave it */
void arch_measure_wfi(void);             /* sets arch_wfi_is_cheap, where arch_wfi_hint works */

/* Under exact replay QEMU lets another core run at a wfi and at no other hint; elsewhere under QEMU
 * that takes a lock of all cores, and `pause` will do. */
static inline void arch_relax(void)
{
	if (arch_wfi_is_cheap)
		arch_wfi_hint();
	else
		__asm__ volatile(".4byte 0x0100000f" : : : "memory"); /* pause */
}

static inline void arch_touch_stack(void)
{
	unsigned long unused;

	if (__riscv_xlen == 64) /* RV32 has no arena, in which a stack could grow */
		__asm__ volatile("lb %0, %1(sp)" : "=r"(unused) : "i"(-CONFIG_TOUCH));
}

static inline const uintptr_t *arch_captured(const struct arch_context *context)
{
	return context->s;
}

static inline void arch_context_init(struct arch_context *context, uintptr_t stack, void *stack_top,
                                     void (*entry)(void), const uintptr_t *arg)
{
	(void)stack;
	context->s[0] = 0; /* the last frame record */
	for (unsigned i = 0; i < ARCH_ARGUMENTS; i++)
		context->s[1 + i] = arg[i];
	context->s[1 + ARCH_ARGUMENTS] = (uintptr_t)entry;
	context->sp = (uintptr_t)stack_top;
	context->pc = (uintptr_t)arch_begin;
}
#endif

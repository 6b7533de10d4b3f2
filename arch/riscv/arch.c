/* RISC-V: a core's registers, what a fault means, and the layouts that assembly relies on. */
#include "arch.h"

#define STATUS_VS (3 << 9)

void arch_trap(void);
void arch_restore_fp(void);
void arch_fault(struct arch_frame *, bool on_core_stack);
extern char arch_semihost_ebreak[], image_start[], text_end[];

uintptr_t arch_hart[CONFIG_CORES] = {[0 ... CONFIG_CORES - 1] = UINTPTR_MAX};
bool arch_wfi_is_cheap;

static uint64_t time_of(void (*f)(void))
{
	uint64_t start = arch_cycles();

	f();
	return arch_cycles() - start;
}

static void thousand_instructions(void)
{
	for (unsigned n = 500; n; n--)
		__asm__ volatile("");
}

static void eight_hints(void)
{
	for (unsigned n = 8; n; n--)
		arch_wfi_hint();
}

/* Exact replay says yes, where time is a count of instructions, and so does hardware. The best of
 * many tries: QEMU translates code when it first runs, and other cores may be in the firmware
 * still.
 * Context: boot core, where arch_wfi_hint works. */
void arch_measure_wfi(void)
{
	uint64_t instructions = UINT64_MAX, hints = UINT64_MAX, t;

	for (unsigned i = 0; i < 16; i++) {
		if ((t = time_of(thousand_instructions)) < instructions)
			instructions = t;
		if ((t = time_of(eight_hints)) < hints)
			hints = t;
	}
	arch_wfi_is_cheap = hints < instructions;
}

/* Context: core stack, masked. */
void arch_fault_init(struct core *core)
{
	__asm__ volatile("mv gp, %0" : : "r"(core));
	arch_self_set(NULL);
	csr_write(xscratch, ((struct arch_core *)core)->spare);
	csr_write(xtvec, arch_trap);
}

/* Context: core stack, masked. */
void arch_core_init(struct core *core)
{
	(void)core;
	csr_clear(xstatus, STATUS_FS_DIRTY | STATUS_VS);
	if (ARCH_FP) {
		csr_set(xstatus, STATUS_FS_INITIAL);
		__asm__ volatile("fscsr zero");
		csr_clear(xstatus, STATUS_FS_DIRTY);
	}
	mode_core_init();
}

/* Context: any. */
void arch_clean(const void *p, size_t n)
{
	(void)p, (void)n;
	__asm__ volatile("fence" : : : "memory");
}

/* Context: any. */
void arch_halt(void)
{
	csr_write(xie, 0);
	for (;;)
		__asm__ volatile("wfi");
}

/* Context: any, as long as nobody loads the context. */
uintptr_t arch_context_pc(const struct arch_context *context)
{
	if (context->pc == (uintptr_t)arch_begin)
		return context->s[1 + ARCH_ARGUMENTS];
	if (ARCH_FP && context->pc == (uintptr_t)arch_restore_fp)
		return *(const uintptr_t *)(context->sp + PARK_PC);
	return context->pc;
}

/* Context: any. */
uintptr_t arch_context_fp(const struct arch_context *context)
{
	return context->s[0];
}

/* Context: any. */
uintptr_t arch_context_sp(const struct arch_context *context)
{
	return context->sp;
}

static bool in_text(uintptr_t pc)
{
	return pc >= (uintptr_t)image_start && pc < (uintptr_t)text_end;
}

/* Context: any. */
unsigned arch_backtrace(uintptr_t fp, uintptr_t low, uintptr_t high, uintptr_t *pc, unsigned n)
{
	unsigned i = 0;

	/* Below fp lie the return address and then the caller's fp, or, in a function that calls
	 * none, the caller's fp alone. They rise: that ends every walk. */
	while (i < n && fp % 16 == 0 && fp >= 16 && fp - 16 >= low && fp <= high &&
	       arch_readable(fp - 16)) {
		const uintptr_t *record = (const uintptr_t *)fp;
		bool leaf = !in_text(record[-1]);
		if (!leaf)
			pc[i++] = record[-1];
		low = fp;
		fp = leaf ? record[-1] : record[-2];
	}
	return i;
}

/* Context: any. */
bool arch_frame_register(const struct arch_frame *frame, unsigned i, const char **name,
                         uintptr_t *value)
{
	static const char names[][7] = {"pc",  "ra", "sp", "gp", "tp", "t0",    "t1", "t2", "fp",
	                                "s1",  "a0", "a1", "a2", "a3", "a4",    "a5", "a6", "a7",
	                                "s2",  "s3", "s4", "s5", "s6", "s7",    "s8", "s9", "s10",
	                                "s11", "t3", "t4", "t5", "t6", "status"};

	if (i >= sizeof(names) / sizeof(names[0]))
		return false;
	*name = names[i];
	*value = (&frame->pc)[i];
	return true;
}

/* The causes whose value is an address, and a breakpoint. */
enum {
	FETCH_MISALIGNED,
	FETCH_REFUSED,
	BREAKPOINT = 3,
	LOAD_MISALIGNED,
	LOAD_REFUSED,
	STORE_MISALIGNED,
	STORE_REFUSED,
	FETCH_PAGE = 12,
	LOAD_PAGE,
	STORE_PAGE = 15,
};

/* Which right an access lacked that ended with this cause, as a bit of mode_rights(); 0: it was
 * no access. */
static unsigned needed(unsigned long cause)
{
	switch (cause) {
	case FETCH_REFUSED:
	case FETCH_PAGE:
		return RIGHT_EXECUTE;
	case LOAD_REFUSED:
	case LOAD_PAGE:
		return RIGHT_READ;
	case STORE_REFUSED:
	case STORE_PAGE:
		return RIGHT_WRITE;
	default:
		return 0;
	}
}

static const char *access_name(unsigned right, unsigned rights)
{
	if (rights & right)
		return "access that the bus refused";
	if (right == RIGHT_EXECUTE)
		return rights ? "execution of data" : "execution of an unmapped address";
	if (right == RIGHT_WRITE)
		return rights ? "write to read-only memory" : "write to an unmapped address";
	return "read of an unmapped address";
}

static const char *fault_name(unsigned long cause)
{
	switch (cause) {
	case 2:
		return "undefined instruction";
	case BREAKPOINT:
		return "breakpoint instruction";
	case FETCH_MISALIGNED:
		return "program counter misaligned";
	case LOAD_MISALIGNED:
	case STORE_MISALIGNED:
		return "unaligned access";
	default:
		return (long)cause < 0 ? "interrupt while masked" : "unexpected exception";
	}
}

/* Every exception but an interrupt, from trap.S. Returns to let the frame go on.
 * Context: core stack or fault stack, masked. */
void arch_fault(struct arch_frame *frame, bool on_core_stack)
{
	unsigned long cause = csr_read(xcause);
	uintptr_t address = csr_read(xtval);
	unsigned right = needed(cause), rights = mode_rights(address);

	if (cause == BREAKPOINT && frame->pc == (uintptr_t)arch_semihost_ebreak) {
		frame->a[0] = -1;
		frame->pc += 4;
		return;
	}
	/* a core may remember that it was not mapped */
	if (cause >= FETCH_PAGE && rights & right) {
		__asm__ volatile("sfence.vma" : : : "memory");
		return;
	}
	if (cause > FETCH_PAGE && arch_in_arena(address) && !on_core_stack &&
	    kernel_arena_fault(frame, address))
		return;
	if (!right && (cause > STORE_REFUSED || cause == 2 || cause == BREAKPOINT))
		address = frame->pc;
	kernel_fault(frame, right ? access_name(right, rights) : fault_name(cause), address,
	             on_core_stack);
}

_Static_assert(offsetof(struct arch_core, stack_top) == CORE_STACK_TOP, "");
_Static_assert(offsetof(struct arch_core, spare) == CORE_SPARE, "");
_Static_assert(offsetof(struct arch_core, fault_stack_top) == CORE_FAULT_STACK_TOP, "");
_Static_assert(offsetof(struct arch_core, fault_frame) == CORE_FAULT_FRAME, "");
_Static_assert(offsetof(struct arch_context, s) == CONTEXT_S(0), "");
_Static_assert(ARCH_ARGUMENTS == ARGUMENTS, "");
_Static_assert(offsetof(struct arch_context, sp) == CONTEXT_SP, "");
_Static_assert(offsetof(struct arch_context, pc) == CONTEXT_PC, "");
_Static_assert(offsetof(struct arch_frame, pc) == FRAME_PC, "");
_Static_assert(offsetof(struct arch_frame, ra) == FRAME_X(1), "");
_Static_assert(offsetof(struct arch_frame, sp) == FRAME_X(2), "");
_Static_assert(offsetof(struct arch_frame, gp) == FRAME_X(3), "");
_Static_assert(offsetof(struct arch_frame, tp) == FRAME_X(4), "");
_Static_assert(offsetof(struct arch_frame, t0) == FRAME_X(5), "");
_Static_assert(offsetof(struct arch_frame, fp) == FRAME_X(8), "");
_Static_assert(offsetof(struct arch_frame, s1) == FRAME_X(9), "");
_Static_assert(offsetof(struct arch_frame, a) == FRAME_X(10), "");
_Static_assert(offsetof(struct arch_frame, s2) == FRAME_X(18), "");
_Static_assert(offsetof(struct arch_frame, t3) == FRAME_X(28), "");
_Static_assert(offsetof(struct arch_frame, status) == FRAME_STATUS, "");
_Static_assert(offsetof(struct arch_frame, scratch) == FRAME_SCRATCH, "");
_Static_assert(offsetof(struct arch_frame, fcsr) == FRAME_FCSR, "");
_Static_assert(offsetof(struct arch_frame, f) == FRAME_F(0), "");

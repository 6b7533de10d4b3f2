/* RV64: the address space, a core's registers, what a fault means, and the layouts that assembly
 * relies on. */
#include "arch.h"

/* Of an entry: */
enum { VALID = 1, READ = 2, WRITE = 4, EXECUTE = 8, GLOBAL = 1 << 5, USED = 3 << 6 };

static uint64_t leaf_entry(uintptr_t address, unsigned level, enum arch_rights rights)
{
	static const uint8_t bits[] = {
	    [ARCH_TEXT] = READ | EXECUTE,
	    [ARCH_RODATA] = READ,
	    [ARCH_DATA] = READ | WRITE,
	    [ARCH_DEVICE] = READ | WRITE,
	};

	(void)level;
	/* USED, accessed and dirty, because a core may fault in order to have them set. */
	return address >> 2 | bits[rights] | VALID | GLOBAL | USED;
}

static uint64_t table_entry(const uint64_t *table)
{
	return (uintptr_t)table >> 2 | VALID;
}

static uint64_t *entry_table(uint64_t entry)
{
	return entry & (READ | WRITE | EXECUTE) ? NULL : (uint64_t *)(entry >> 10 << 12);
}

#include "pagetable.h"

#define SATP_SV39 (8ul << 60)
#define STATUS_VS (3 << 9)

void arch_trap(void);
void arch_begin(void);
void arch_restore_fp(void);
void arch_fault(struct arch_frame *, bool on_core_stack);
extern char arch_semihost_ebreak[], image_start[], text_end[];

uintptr_t arch_hart[CONFIG_CORES];
bool arch_sstc, arch_wfi_is_cheap;

/* Is there a stimecmp, and does the firmware allow it? If not, reading it traps to the label. */
static bool have_sstc(void)
{
	unsigned long have = 0, scratch;

	__asm__ volatile("la %1, 1f\n\t"
	                 "csrw stvec, %1\n\t"
	                 "csrr %1, %2\n\t"
	                 "li %0, 1\n\t"
	                 ".balign 4\n"
	                 "1:"
	                 : "+r"(have), "=&r"(scratch)
	                 : "i"(STIMECMP)
	                 : "memory");
	return have;
}

static uint64_t time_of(void (*f)(void))
{
	uint64_t start = csr_read(time);

	f();
	return csr_read(time) - start;
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
 * many tries: QEMU translates code when it first runs, and other cores may be in the firmware still. */
static bool have_cheap_wfi(void)
{
	uint64_t instructions = UINT64_MAX, hints = UINT64_MAX, t;

	for (unsigned i = 0; i < 16; i++) {
		if ((t = time_of(thousand_instructions)) < instructions)
			instructions = t;
		if ((t = time_of(eight_hints)) < hints)
			hints = t;
	}
	return hints < instructions;
}

/* Context: boot core, MMU off. */
bool arch_memory(const struct arch_region *region, unsigned n)
{
	arch_sstc = have_sstc(); /* now, as the other cores sleep */
	arch_wfi_is_cheap = have_cheap_wfi();
	return pagetable_build(region, n);
}

/* Context: core stack, masked. */
void arch_core_init(struct core *core)
{
	__asm__ volatile("mv gp, %0" : : "r"(core));
	arch_self_set(NULL);
	csr_write(sscratch, ((struct arch_core *)core)->spare);
	csr_clear(sstatus, STATUS_FS_DIRTY | STATUS_VS);
	csr_set(sstatus, STATUS_FS_INITIAL);
	__asm__ volatile("fscsr zero");
	csr_clear(sstatus, STATUS_FS_DIRTY);
	csr_write(stvec, arch_trap);
	csr_write(satp, SATP_SV39 | (uintptr_t)arch_pagetables[0] >> 12);
	__asm__ volatile("sfence.vma" : : : "memory");
}

/* Context: any. */
void arch_halt(void)
{
	csr_write(sie, 0);
	for (;;)
		__asm__ volatile("wfi");
}

/* Context: any, as long as nobody loads the context. */
void arch_context_init(struct arch_context *context, void *stack_top, void (*entry)(void), const uintptr_t arg[4])
{
	context->s[0] = 0; /* the last frame record */
	for (unsigned i = 0; i < 4; i++)
		context->s[1 + i] = arg[i];
	context->s[5] = (uintptr_t)entry;
	context->sp = (uintptr_t)stack_top;
	context->pc = (uintptr_t)arch_begin;
}

/* Context: any, as long as nobody loads the context. */
uintptr_t arch_context_pc(const struct arch_context *context)
{
	if (context->pc == (uintptr_t)arch_begin)
		return context->s[5];
	if (context->pc == (uintptr_t)arch_restore_fp)
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
	while (i < n && fp % 16 == 0 && fp >= 16 && fp - 16 >= low && fp <= high) {
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
bool arch_frame_register(const struct arch_frame *frame, unsigned i, const char **name, uintptr_t *value)
{
	static const char names[][7] = {"pc", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "fp", "s1", "a0",
	                                "a1", "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
	                                "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6", "status"};

	if (i >= sizeof(names) / sizeof(names[0]))
		return false;
	*name = names[i];
	*value = (&frame->pc)[i];
	return true;
}

/* The causes of page faults, and of others those whose value is an address. */
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

/* The entry that maps an address, or 0. */
static uint64_t entry_of(uintptr_t address)
{
	const uint64_t *table = arch_pagetables[0];
	uint64_t entry = 0;

	if (address >= PAGETABLE_SPAN)
		return 0;
	for (unsigned shift = 30; table; shift -= 9) {
		entry = table[address >> shift & (PAGETABLE_ENTRIES - 1)];
		table = entry ? entry_table(entry) : NULL;
	}
	return entry;
}

/* A core may remember that an address was unmapped although it is mapped now. */
static bool is_stale(uint64_t cause, uint64_t entry)
{
	return (cause == FETCH_PAGE && entry & EXECUTE) || (cause == LOAD_PAGE && entry & READ) ||
	       (cause == STORE_PAGE && entry & WRITE);
}

static const char *fault_name(uint64_t cause, bool mapped)
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
	case FETCH_REFUSED:
	case LOAD_REFUSED:
	case STORE_REFUSED:
		return "access that the bus refused";
	case FETCH_PAGE:
		return mapped ? "execution of data" : "execution of an unmapped address";
	case LOAD_PAGE:
		return "read of an unmapped address";
	case STORE_PAGE:
		return mapped ? "write to read-only memory" : "write to an unmapped address";
	default:
		return cause >> 63 ? "interrupt while masked" : "unexpected exception";
	}
}

/* Every exception but an interrupt, from trap.S. Returns to let the frame go on.
 * Context: core stack or fault stack, masked. */
void arch_fault(struct arch_frame *frame, bool on_core_stack)
{
	uint64_t cause = csr_read(scause), entry = 0;
	uintptr_t address = csr_read(stval);

	if (cause == BREAKPOINT && frame->pc == (uintptr_t)arch_semihost_ebreak) {
		frame->a[0] = -1;
		frame->pc += 4;
		return;
	}
	if (cause == FETCH_PAGE || cause == LOAD_PAGE || cause == STORE_PAGE)
		entry = entry_of(address);
	else if (cause > STORE_REFUSED || cause == 2 || cause == BREAKPOINT)
		address = frame->pc;
	if (is_stale(cause, entry)) {
		__asm__ volatile("sfence.vma" : : : "memory");
		return;
	}
	kernel_fault(frame, fault_name(cause, entry), address, on_core_stack);
}

_Static_assert(offsetof(struct arch_core, stack_top) == CORE_STACK_TOP, "");
_Static_assert(offsetof(struct arch_core, spare) == CORE_SPARE, "");
_Static_assert(offsetof(struct arch_core, fault_stack_top) == CORE_FAULT_STACK_TOP, "");
_Static_assert(offsetof(struct arch_core, fault_frame) == CORE_FAULT_FRAME, "");
_Static_assert(offsetof(struct arch_context, s) == CONTEXT_S(0), "");
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

/* AArch64: the address space, a core's registers, what a fault means, and the layouts that assembly
 * relies on. */
#include "arch.h"

static uint64_t leaf_entry(uintptr_t address, unsigned level, enum arch_rights rights)
{
	static const uint64_t bits[] = {
	    /* 0: valid, 2: memory type, 7: read-only, 8: inner shareable, 10: accessed, 53: not
	     * executable by the kernel, 54: nor below it */
	    [ARCH_TEXT] = 1ul << 54 | 1 << 7,
	    [ARCH_RODATA] = 1ul << 54 | 1ul << 53 | 1 << 7,
	    [ARCH_DATA] = 1ul << 54 | 1ul << 53,
	    [ARCH_DEVICE] = 1ul << 54 | 1ul << 53 | 1 << 2,
	};

	return address | bits[rights] | 1 << 10 | 3 << 8 | (level == 2 ? 3 : 1);
}

static uint64_t table_entry(const uint64_t *table)
{
	return (uintptr_t)table | 3;
}

static uintptr_t entry_address(uint64_t entry)
{
	return entry & 0xfffffffff000;
}

/* Called above the level of pages only, where bit 1 tells a table from a block. */
static uint64_t *entry_table(uint64_t entry)
{
	return entry & 2 ? (uint64_t *)entry_address(entry) : NULL;
}

/* No core remembers that an entry was empty. The barriers let this core's walks, and those of a
 * core that is told of the page, see the entry. */
static void entry_made(uintptr_t address)
{
	(void)address;
	__asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}

/* Of all levels, on all cores; arch_flush waits for that. */
static void entry_gone(uintptr_t address)
{
	__asm__ volatile("dsb ishst\n\ttlbi vaae1is, %0"
	                 :
	                 : "r"(address >> 12 & ((1ul << 44) - 1))
	                 : "memory");
}

#include "pagetable.h"

/* Completes what this core has begun in entry_gone.
 * Context: any, masked. */
void arch_flush(void)
{
	__asm__ volatile("dsb ish\n\tisb" : : : "memory");
}

void arch_mmu_on_first(void);
void arch_restore_fpcr(void);
void arch_fault(struct arch_frame *, unsigned vector);
extern char arch_vectors[];
extern unsigned arch_cores_let_in;

unsigned arch_boot_el;

/* Context: boot core, MMU off. */
bool arch_memory(const struct arch_region *region, unsigned n)
{
	if (!pagetable_build(region, n))
		return false;
	arch_mmu_on_first(); /* the others come with it on: entry.S */
	return true;
}

/* Context: core stack, masked. */
void arch_fault_init(struct core *core)
{
	__asm__ volatile("msr tpidrro_el0, %0" : : "r"(core));
	__asm__ volatile("msr vbar_el1, %0" : : "r"(arch_vectors));
	__asm__ volatile("isb\n\tmsr daifclr, #4" : : : "memory"); /* SError is not masked */
	arch_self_set(NULL);
}

/* The address space came on in arch_memory, or in entry.S.
 * Context: core stack, masked. */
void arch_core_init(struct core *core)
{
	(void)core;
}

/* Invalidated too: on a Cortex-A53 an eviction may overtake a mere clean (erratum 855873).
 * Context: any. */
void arch_clean(const void *p, size_t n)
{
	enum { SMALLEST_LINE = 16 };
	uintptr_t end = (uintptr_t)p + n;

	for (uintptr_t at = (uintptr_t)p & -(uintptr_t)SMALLEST_LINE; at < end; at += SMALLEST_LINE)
		__asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
	__asm__ volatile("dsb sy" : : : "memory");
}

/* The core reads with its caches off: what this one wrote has to be in memory.
 * Context: boot core. */
void arch_let_in(unsigned index)
{
	arch_cores_let_in = index;
	arch_clean(&arch_cores_let_in, sizeof(arch_cores_let_in));
}

/* While an interrupt is pending wfi does not wait. Then under exact replay only a yield lets QEMU
 * run the next core. Context: any. */
void arch_halt(void)
{
	__asm__ volatile("msr daifset, #0xf");
	for (;;)
		__asm__ volatile("wfi\n\t"
		                 "yield");
}

/* Context: any, as long as nobody loads the context. */
uintptr_t arch_context_pc(const struct arch_context *context)
{
	if (context->pc == (uintptr_t)arch_begin)
		return context->x[4];
	if (context->pc == (uintptr_t)arch_restore_fpcr)
		return ((const uintptr_t *)(context->sp + PARK_AREA))[1];
	return context->pc;
}

/* Context: any. */
uintptr_t arch_context_fp(const struct arch_context *context)
{
	return context->fp;
}

/* Context: any. */
uintptr_t arch_context_sp(const struct arch_context *context)
{
	return context->sp;
}

/* Context: any. */
unsigned arch_backtrace(uintptr_t fp, uintptr_t low, uintptr_t high, uintptr_t *pc, unsigned n)
{
	unsigned i = 0;

	/* A record is the caller's fp and the return address. They rise: that ends every walk. */
	while (i < n && fp >= low && fp % 8 == 0 && fp < high && high - fp >= 16 &&
	       arch_readable(fp) && arch_readable(fp + 8)) {
		const uintptr_t *record = (const uintptr_t *)fp;
		if (record[1])
			pc[i++] = record[1];
		low = fp + 16;
		fp = record[0];
	}
	return i;
}

/* Context: any. */
bool arch_frame_register(const struct arch_frame *frame, unsigned i, const char **name,
                         uintptr_t *value)
{
	static const char names[][7] = {
	    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",    "x10", "x11",
	    "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",   "x22", "x23",
	    "x24", "x25", "x26", "x27", "x28", "fp",  "lr",  "sp",  "pc",  "pstate"};

	if (i >= sizeof(names) / sizeof(names[0]))
		return false;
	*name = names[i];
	*value = ((const uintptr_t *)frame)[i];
	return true;
}

/* What an abort was about: the low bits of the syndrome name the cause, the rest the access. */
static const char *abort_name(uint64_t esr, bool fetch)
{
	bool write = esr >> 6 & 1;

	switch (esr >> 2 & 0xf) {
	case 0:
		return "address beyond the address space";
	case 1:
		return fetch   ? "execution of an unmapped address"
		       : write ? "write to an unmapped address"
		               : "read of an unmapped address";
	case 3:
		return fetch ? "execution of data" : "write to read-only memory";
	case 8:
		return "unaligned access";
	default:
		return "access that the bus refused";
	}
}

static const char *fault_name(uint64_t esr)
{
	switch (esr >> 26 & 0x3f) {
	case 0x00:
		return "undefined instruction";
	case 0x07:
	case 0x19:
		return "use of a vector unit that is off";
	case 0x0e:
		return "illegal execution state";
	case 0x15:
	case 0x16:
	case 0x17:
		return "system call, which nobody serves";
	case 0x18:
		return "use of a forbidden system register";
	case 0x20:
	case 0x21:
		return abort_name(esr, true);
	case 0x22:
		return "program counter misaligned";
	case 0x24:
	case 0x25:
		return abort_name(esr, false);
	case 0x26:
		return "stack pointer misaligned";
	case 0x3c:
		return "breakpoint instruction";
	default:
		return "unexpected exception";
	}
}

/* A load or a store found no entry for an address of the arena. */
static bool arena_missed(uint64_t esr, uintptr_t address)
{
	return esr >> 26 == 0x25 && (esr >> 2 & 0xf) == 1 && arch_in_arena(address);
}

/* An access of the arena may fault although its entry was there before: without FEAT_ETS2 the walk
 * may come ahead of the load that told this core of the page. */
static bool arena_mapped(uintptr_t address)
{
	uint64_t result;

	__asm__ volatile("at s1e1w, %1\n\tisb\n\tmrs %0, par_el1" : "=r"(result) : "r"(address));
	return !(result & 1);
}

/* Every exception but an interrupt of a goroutine, from trap.S. Returns to let the frame go on.
 * Context: core stack or fault stack, masked. */
void arch_fault(struct arch_frame *frame, unsigned vector)
{
	static const char *const other[] = {NULL, "interrupt while masked", "unexpected FIQ",
	                                    "bus error, reported late"};
	bool on_core_stack = vector >= 4;
	uint64_t esr, address;

	if (vector % 4) {
		kernel_fault(frame, other[vector % 4], frame->pc, on_core_stack);
	} else if (frame->pc == (uintptr_t)arch_semihost) {
		frame->x[0] = -1;
		frame->pc += 4;
		return;
	}
	__asm__ volatile("mrs %0, esr_el1" : "=r"(esr));
	__asm__ volatile("mrs %0, far_el1" : "=r"(address));
	if (arena_missed(esr, address) &&
	    (arena_mapped(address) || (!on_core_stack && kernel_arena_fault(frame, address))))
		return;
	/* Only aborts and a misaligned program counter set the address. */
	if (esr >> 26 < 0x20 || esr >> 26 > 0x25)
		address = esr >> 26 == 0x26 ? frame->sp : frame->pc;
	kernel_fault(frame, fault_name(esr), address, on_core_stack);
}

_Static_assert(offsetof(struct arch_core, stack_top) == CORE_STACK_TOP, "");
_Static_assert(offsetof(struct arch_core, spare) == CORE_SPARE, "");
_Static_assert(offsetof(struct arch_core, fault_stack_top) == CORE_FAULT_STACK_TOP, "");
_Static_assert(offsetof(struct arch_core, fault_frame) == CORE_FAULT_FRAME, "");
_Static_assert(offsetof(struct arch_context, x) == CONTEXT_X, "");
_Static_assert(offsetof(struct arch_context, fp) == CONTEXT_FP, "");
_Static_assert(offsetof(struct arch_context, sp) == CONTEXT_FP + 8, "");
_Static_assert(offsetof(struct arch_context, pc) == CONTEXT_PC, "");
_Static_assert(offsetof(struct arch_frame, x) == FRAME_X, "");
_Static_assert(offsetof(struct arch_frame, fp) == FRAME_X + 29 * 8, "");
_Static_assert(offsetof(struct arch_frame, lr) == FRAME_LR, "");
_Static_assert(offsetof(struct arch_frame, sp) == FRAME_LR + 8, "");
_Static_assert(offsetof(struct arch_frame, pc) == FRAME_PC, "");
_Static_assert(offsetof(struct arch_frame, pstate) == FRAME_PC + 8, "");
_Static_assert(offsetof(struct arch_frame, fpcr) == FRAME_FPCR, "");
_Static_assert(offsetof(struct arch_frame, fpsr) == FRAME_FPCR + 8, "");
_Static_assert(offsetof(struct arch_frame, q) == FRAME_Q, "");

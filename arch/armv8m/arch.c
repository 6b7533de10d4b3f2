/* ARMv8-M: rights of memory, a core's registers, what a fault means, and the layouts that assembly
 * relies on. */
#include "arch.h"
#include "base/atomic.h"

/* Registers of the system, and of the memory protection unit. */
enum {
	AIRCR = 0xe000ed0c,
	SHPR3 = 0xe000ed20, /* the highest byte: SysTick's priority */
	MMFAR = 0xe000ed34,
	BFAR = 0xe000ed38,
	CPACR = 0xe000ed88,
	MPU_TYPE = 0xe000ed90,
	MPU_CTRL = 0xe000ed94,
	MPU_RNR = 0xe000ed98,
	MPU_RBAR = 0xe000ed9c,
	MPU_RLAR = 0xe000eda0,
	MPU_MAIR0 = 0xe000edc0,
	NVIC_IPR = 0xe000e400,
	NVIC_LINES = 240,
};

enum {
	/* the key, and one bit of a priority that lets an exception come within another: the other
	 * bits only say which is first */
	AIRCR_ONE_GROUP = 0x05fa0000 | 6 << 8,
	TICK_LATER = 0x40, /* a device does not wait for timers */
	CPACR_FP = 0xf << 20,
	RBAR_NO_EXECUTE = 1,
	RBAR_READ_ONLY = 1 << 2,
	RBAR_SHARED = 3 << 3, /* so that exclusive accesses of two cores see each other */
	RLAR_ON = 1,
	RLAR_DEVICE = 1 << 1,
	MAIR_MEMORY_DEVICE = 0x04ff, /* 0: write-back; 1: device, not reordered */
};

extern char image_start[], text_end[];
void arch_restore_fp(void);
void arch_fault(struct arch_frame *, bool on_core_stack);

struct arch_clock arch_clock;
struct arch_pushed arch_nothing_pushed; /* trap.S */

static struct {
	struct arch_region region[16];
	unsigned n;
} memory;

static volatile uint32_t *word(uintptr_t address)
{
	return (volatile uint32_t *)address;
}

/* Context: boot core. */
bool arch_memory(const struct arch_region *region, unsigned n)
{
	memory.n = n;
	if (n > sizeof(memory.region) / sizeof(memory.region[0]) || n > *word(MPU_TYPE) >> 8)
		return false;
	for (unsigned i = 0; i < n; i++)
		memory.region[i] = region[i];
	return true;
}

/* What no region covers faults; in the handlers of faults there is no protection. */
static void protect(void)
{
	static const uint32_t bits[] = {
	    [ARCH_TEXT] = RBAR_READ_ONLY,
	    [ARCH_RODATA] = RBAR_READ_ONLY | RBAR_NO_EXECUTE,
	    [ARCH_DATA] = RBAR_NO_EXECUTE | RBAR_SHARED,
	    [ARCH_DEVICE] = RBAR_NO_EXECUTE,
	};

	*word(MPU_MAIR0) = MAIR_MEMORY_DEVICE;
	for (unsigned i = 0; i < memory.n; i++) {
		const struct arch_region *r = &memory.region[i];

		*word(MPU_RNR) = i;
		*word(MPU_RBAR) = r->start | bits[r->rights];
		*word(MPU_RLAR) =
		    (r->end - 32) | (r->rights == ARCH_DEVICE ? RLAR_DEVICE : 0) | RLAR_ON;
	}
	__asm__ volatile("dsb" : : : "memory");
	*word(MPU_CTRL) = 1;
	__asm__ volatile("dsb\n\tisb" : : : "memory");
}

/* Below the limit of a stack that ends at top stands what arch_core and arch_taken find. */
static uintptr_t stack_limit(void *top, size_t size, struct core *core)
{
	uintptr_t limit = (uintptr_t)top - size + STACK_RESERVED;

	*(struct core **)(limit + LIMIT_CORE) = core;
	*(unsigned *)(limit + LIMIT_TAKEN) = 0;
	return limit;
}

/* Context: core stack, masked. */
void arch_fault_init(struct core *core)
{
	const struct arch_core *c = (const struct arch_core *)core;

	stack_limit(c->fault_stack_top, CONFIG_FAULT_STACK, core);
	__asm__ volatile("msr msplim, %0"
	                 :
	                 : "r"(stack_limit(c->stack_top, CONFIG_CORE_STACK, core)));
	arch_self_set(NULL);
}

/* Context: core stack, masked. */
void arch_core_init(struct core *core)
{
	(void)core;
	*word(AIRCR) = AIRCR_ONE_GROUP;
	*word(SHPR3) = (uint32_t)(IRQ_PRIORITY | TICK_LATER) << 24;
	for (unsigned i = 0; i < NVIC_LINES; i += 4)
		*word(NVIC_IPR + i) = IRQ_PRIORITY * 0x01010101u;
	if (ARCH_FP)
		*word(CPACR) |= CPACR_FP;
	protect();
}

/* Context: any. */
uint64_t arch_clock_now(void)
{
	uint32_t before;
	uint64_t now;

	do {
		before = load_relaxed(&arch_clock.turns);
		now = arch_cycles();
	} while (load_acquire(&arch_clock.turns) != before); /* C2 */
	return now;
}

/* Context: any, masked. */
uint64_t arch_clock_turn(void)
{
	uint64_t now = arch_cycles();

	store_release(&arch_clock.turns, (uint32_t)(now >> 31)); /* C1 */
	return now;
}

/* A Cortex-M33 has no cache for data.
 * Context: any. */
void arch_clean(const void *p, size_t n)
{
	(void)p, (void)n;
	__asm__ volatile("dsb" : : : "memory");
}

/* While an interrupt is pending wfi does not wait. Then under exact replay only a yield lets QEMU
 * run the next core. Context: any. */
void arch_halt(void)
{
	__asm__ volatile("cpsid i");
	for (;;)
		__asm__ volatile("wfi\n\t"
		                 "yield");
}

/* Context: any, as long as nobody loads the context. */
uintptr_t arch_context_pc(const struct arch_context *context)
{
	if (context->pc == (uintptr_t)arch_begin)
		return context->r4[4];
	if (ARCH_FP && context->pc == (uintptr_t)arch_restore_fp)
		return *(const uintptr_t *)(context->sp + PARK_PC) & ~1u;
	return context->pc & ~1u;
}

/* Where arch_backtrace may begin; 0: it has not run yet.
 * Context: any. */
uintptr_t arch_context_fp(const struct arch_context *context)
{
	return context->pc == (uintptr_t)arch_begin ? 0 : context->sp;
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

/* Is this what a call left: an odd address in the text, behind a bl or a blx? */
static bool is_return(uintptr_t value)
{
	const uint16_t *after = (const uint16_t *)(value - 1);

	if (!(value & 1) || !in_text(value - 5))
		return false;
	return (after[-1] & 0xff87) == 0x4780 ||
	       ((after[-2] & 0xf800) == 0xf000 && (after[-1] & 0xd000) == 0xd000);
}

/* There are no frame records, as the compiler's frame pointer leads nowhere in Thumb code: whatever
 * looks like a return address above fp is taken for one. It may be an old one, in what a function
 * has not written yet.
 * Context: any. */
unsigned arch_backtrace(uintptr_t fp, uintptr_t low, uintptr_t high, uintptr_t *pc, unsigned n)
{
	unsigned i = 0;

	if (fp < low || fp % 4)
		return 0;
	for (; fp + 4 <= high && i < n; fp += 4)
		if (is_return(*(const uintptr_t *)fp))
			pc[i++] = *(const uintptr_t *)fp & ~(uintptr_t)1;
	return i;
}

/* Context: any. */
bool arch_frame_register(const struct arch_frame *frame, unsigned i, const char **name,
                         uintptr_t *value)
{
	static const char names[][5] = {"r0", "r1", "r2", "r3", "r12", "lr",  "pc",  "xpsr", "r4",
	                                "r5", "r6", "r7", "r8", "r9",  "r10", "r11", "sp"};

	if (i >= sizeof(names) / sizeof(names[0]))
		return false;
	*name = names[i];
	if (i < 8)
		*value = (&frame->pushed->r0[0])[i];
	else if (i < 16)
		*value = frame->r4[i - 8];
	else
		*value = frame->sp + (frame->pushed->xpsr & XPSR_PADDED ? 4 : 0);
	return true;
}

/* Of CFSR, besides NOT_PUSHED: */
enum {
	FETCH_REFUSED = 1 << 0,
	ACCESS_REFUSED = 1 << 1,
	ADDRESS_KNOWN = 1 << 7,
	BUS = 0x7f << 8,
	BUS_ADDRESS_KNOWN = 1 << 15,
	UNDEFINED = 1 << 16,
	NOT_THUMB = 1 << 17,
	NO_COPROCESSOR = 1 << 19,
	STACK_LIMIT = 1 << 20,
	UNALIGNED = 1 << 24,
	DIVISION = 1 << 25,
};

static const struct arch_region *region_of(uintptr_t address)
{
	for (unsigned i = 0; i < memory.n; i++)
		if (address - memory.region[i].start <
		    memory.region[i].end - memory.region[i].start)
			return &memory.region[i];
	return NULL;
}

/* The hardware does not say whether the access was a write, the instruction does. */
static bool is_store(const uint16_t *pc)
{
	if (pc[0] >> 11 >= 0x1d) /* of 32 bits */
		return !(pc[0] & 1 << 4);
	if (pc[0] >> 12 == 5) /* with an index in a register */
		return (pc[0] >> 9 & 7) < 3;
	return !(pc[0] & 1 << 11);
}

static const char *fetch_name(uintptr_t pc)
{
	return region_of(pc) ? "execution of data" : "execution of an unmapped address";
}

static const char *access_name(uintptr_t pc, uintptr_t address)
{
	if (region_of(address))
		return "write to read-only memory";
	return is_store((const uint16_t *)pc) ? "write to an unmapped address"
	                                      : "read of an unmapped address";
}

static bool is_breakpoint(uintptr_t pc)
{
	return in_text(pc) && *(const uint16_t *)pc >> 8 == 0xbe;
}

static const char *fault_name(uint32_t cause, uintptr_t pc)
{
	if (cause & STACK_LIMIT)
		return "stack overflow: give it more with go_with .stack";
	if (cause & NOT_PUSHED)
		return "stack pointer that leads nowhere";
	if (cause & BUS)
		return "access that the bus refused";
	if (cause & UNDEFINED)
		return "undefined instruction";
	if (cause & NOT_THUMB)
		return "jump to an even address, where no Thumb code is";
	if (cause & NO_COPROCESSOR)
		return "use of a floating-point unit that is not there";
	if (cause & UNALIGNED)
		return "unaligned access";
	if (cause & DIVISION)
		return "division by zero";
	return is_breakpoint(pc) ? "breakpoint instruction" : "unexpected exception";
}

static void forget_pushed(struct arch_frame *frame, uintptr_t sp)
{
	frame->sp = sp;
	frame->pc = 0;
	frame->pushed = &arch_nothing_pushed;
}

/* A push that does not fit leaves the stack pointer at the limit, and nobody knows the pc. What
 * else overflows, a large frame, leaves it where it was, and often there is room for what the
 * exception pushes. */
static bool full_to_the_end(const struct arch_frame *frame, bool on_core_stack)
{
	uintptr_t limit;

	__asm__ volatile("mrs %0, psplim" : "=r"(limit));
	return on_core_stack || (uintptr_t)frame->pushed == limit;
}

/* Every exception but an interrupt and our SVC, from trap.S. Does not return.
 * Context: core stack or fault stack, masked. */
void arch_fault(struct arch_frame *frame, bool on_core_stack)
{
	uint32_t cause = *word(CFSR);
	uintptr_t address = frame->pc;
	const char *what = fault_name(cause, frame->pc);

	*word(CFSR) = cause; /* seen: board_exit may ask a host that does not answer */
	if (cause & STACK_LIMIT) {
		address = (uintptr_t)frame->pushed;
		if (full_to_the_end(frame, on_core_stack))
			forget_pushed(frame, address);
	} else if (cause & NOT_PUSHED) {
		__asm__ volatile("mrs %0, psp" : "=r"(address));
		if (on_core_stack) /* whose own is lost */
			address = 0;
		forget_pushed(frame, address);
	} else if (cause & ACCESS_REFUSED && cause & ADDRESS_KNOWN) {
		address = *word(MMFAR);
		what = access_name(frame->pc, address);
	} else if (cause & FETCH_REFUSED || (cause & NOT_THUMB && !in_text(frame->pc))) {
		what = fetch_name(frame->pc);
	} else if (cause & BUS && cause & BUS_ADDRESS_KNOWN) {
		address = *word(BFAR);
	}
	kernel_fault(frame, what, address, on_core_stack);
}

_Static_assert(offsetof(struct arch_core, stack_top) == CORE_STACK_TOP, "");
_Static_assert(offsetof(struct arch_core, spare) == CORE_SPARE, "");
_Static_assert(offsetof(struct arch_core, fault_stack_top) == CORE_FAULT_STACK_TOP, "");
_Static_assert(offsetof(struct arch_core, fault_frame) == CORE_FAULT_FRAME, "");
_Static_assert(offsetof(struct arch_context, r4) == CONTEXT_R4, "");
_Static_assert(offsetof(struct arch_context, sp) == CONTEXT_R4 + 28, "");
_Static_assert(offsetof(struct arch_context, pc) == CONTEXT_R4 + 4 * ARCH_ARGUMENTS, "");
_Static_assert(offsetof(struct arch_context, limit) == CONTEXT_LIMIT, "");
_Static_assert(offsetof(struct arch_frame, pushed) == FRAME_PUSHED, "");
_Static_assert(offsetof(struct arch_frame, return_code) == FRAME_RETURN, "");
_Static_assert(offsetof(struct arch_frame, pc) == FRAME_PC, "");
_Static_assert(offsetof(struct arch_frame, sp) == FRAME_FP, "");
_Static_assert(offsetof(struct arch_frame, s16) == FRAME_S, "");
_Static_assert(offsetof(struct arch_pushed, pc) == PUSHED_PC, "");
_Static_assert(sizeof(struct arch_pushed) == PUSHED_SIZE, "");

/* The barriers order its registers against memory: what a wake announces is visible before it, and what
 * it announced is looked for after it has ended. */
#include "sse200.h"
#include "arch.h"
#include "mmio.h"
#include "nvic.h"

enum {
	TIMER_CONTROL = 0x50000000,
	TIMER_VALUE = 0x50000004,
	TIMER_RELOAD = 0x50000008,
	WAKE_SET = 0x50003004, /* and 16 bytes on for the next core */
	WAKE_CLEAR = 0x50003008,
	CORE_NUMBER = 0x5001f000,
	RESET_TABLE_1 = 0x50021114,
	CORES_HELD = 0x50021118,
};

/* Context: boot core, before the address space. */
void sse200_init(void)
{
	write32(TIMER_RELOAD, UINT32_MAX);
	write32(TIMER_VALUE, UINT32_MAX);
	write32(TIMER_CONTROL, 1);
	arch_clock.down = UINT32_MAX;
	arch_clock.count = (const volatile uint32_t *)TIMER_VALUE;
}

/* Context: masked. */
unsigned sse200_core(void)
{
	return read32(CORE_NUMBER);
}

/* Context: core stack. */
void sse200_start(unsigned core, const void *reset_table)
{
	write32(RESET_TABLE_1, (uintptr_t)reset_table);
	__asm__ volatile("dsb" : : : "memory");
	write32(CORES_HELD, read32(CORES_HELD) & ~(1u << core));
}

/* Context: any, masked. */
void sse200_wake(unsigned core)
{
	__asm__ volatile("dsb" : : : "memory");
	write32(WAKE_SET + 16 * core, 1);
}

/* Context: core stack. */
void sse200_core_init(void)
{
	nvic_unmask(sse200_core(), SSE200_WAKE);
}

/* Context: any, masked. */
void sse200_line(unsigned line, unsigned core, bool on)
{
	nvic_want(core, line, on);
	if (sse200_core() == core)
		nvic_apply(core);
	else
		sse200_wake(core);
}

static void wake_end(unsigned core)
{
	write32(WAKE_CLEAR + 16 * core, 1);
	nvic_end(core, SSE200_WAKE);
	nvic_apply_if_asked(core);
}

/* Context: core stack. */
int sse200_claim(unsigned core)
{
	int line = nvic_claim(core);

	if (line != SSE200_WAKE)
		return line;
	wake_end(core);
	return -1;
}

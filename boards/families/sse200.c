/* Boards with ARM's SSE-200 and two Cortex-M33: all in the secure state, from which core 0 begins.
 * A board's facts.h defines
 *   board      all of it
 *   facts_...  the functions that are declared here */
#include "board.h"
#include "arch.h"
#include "chips/nvic.h"
#include "chips/semihost.h"
#include "chips/sse200.h"
#include "chips/systick.h"

static inline void facts_console_init(void);
static inline void facts_console_write(const char *, size_t);
static inline void facts_console_flush(void);
#include "facts.h"

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	(void)firmware_arg;
	facts_console_init();
	sse200_init();
	board.args = semihost_args();
}

/* Context: core stack. */
void board_core_init(unsigned core)
{
	systick_alarm(core, UINT64_MAX);
	sse200_core_init();
}

/* Its entry stands in the table.
 * Context: core stack. */
bool board_start_core(unsigned core, void (*entry)(void))
{
	(void)entry;
	sse200_start(core, arch_reset_table[core]);
	return true;
}

/* Context: any, masked. */
void board_wake(unsigned core)
{
	sse200_wake(core);
}

/* Context: core stack. */
void board_interrupt(void)
{
	unsigned core = sse200_core();
	int line;

	if (systick_rang(core))
		kernel_tick();
	if ((line = sse200_claim(core)) >= 0) {
		kernel_irq(line);
		nvic_end(core, line);
	}
}

/* Context: any. */
uint64_t board_clock(void)
{
	return arch_clock_now();
}

/* Context: any, masked. */
void board_alarm(uint64_t when)
{
	systick_alarm(sse200_core(), when);
}

/* Context: any, masked. */
void board_irq(unsigned line, unsigned core, bool on)
{
	sse200_line(line, core, on);
}

/* Context: any. */
void board_console_write(const char *text, size_t n)
{
	facts_console_write(text, n);
}

/* Context: any. */
void board_exit(int status)
{
	facts_console_flush();
	semihost_exit(status);
	nvic_at_exit();
	arch_halt();
}

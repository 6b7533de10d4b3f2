/* Boards with RV64 harts above SBI firmware and a PLIC. Any hart that has a supervisor mode may be
 * the one that boots.
 * A board's facts.h defines
 *   board             but for RAM's end, cores and clock, which the device tree tells
 *   PLIC, PLIC_LINES  where the PLIC's registers begin, and how many lines it has
 *   MONITORS          how many harts, the first ones, lack supervisor mode and run no goroutines
 *   facts_...         the functions that are declared here */
#include "board.h"
#include "arch.h"
#include "chips/fdt_board.h"
#include "chips/plic.h"
#include "chips/riscv_timer.h"
#include "chips/sbi.h"
#include "base/hot.h"

static inline void facts_console_init(void);
static inline void facts_console_write(const char *, size_t);
static inline void facts_console_flush(void);
static inline void facts_exit(int status); /* returns when nobody takes it */
#include "facts.h"

/* A PLIC has a context for each mode of each hart, in their order: one of a monitor, two of
 * another hart, of which the second is the supervisor's. */
static unsigned plic_context(uintptr_t hart)
{
	return 2 * hart + 1 - MONITORS;
}

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	facts_console_init();
	if (!fdt_board((const void *)firmware_arg, arch_hart[0], arch_hart))
		return;
	/* A stopped hart spins in OpenSBI 1.1. A monitor that is started lacks S-mode, and
	 * sleeps. */
	for (int hart = 0; hart < MONITORS; hart++)
		sbi_hart_start(hart, arch_halt, 0);
	plic_init(PLIC, PLIC_LINES);
}

/* Context: core stack. */
void board_core_init(unsigned core)
{
	riscv_timer_alarm(UINT64_MAX);
	plic_core_init(core, plic_context(arch_hart[core]));
}

/* Context: core stack. */
bool board_start_core(unsigned core, void (*entry)(void))
{
	return !sbi_hart_start(arch_hart[core], entry, core);
}

/* Context: any, masked. */
void board_wake(unsigned core)
{
	sbi_wake(arch_hart[core]);
}

static noinline void take_line(unsigned core)
{
	unsigned line = plic_claim(core);

	if (!line)
		return;
	kernel_irq(line);
	plic_end(core, line);
}

/* Context: core stack. */
void board_interrupt(void)
{
	unsigned long pending = csr_read(xip);

	/* Before the work that it announces is looked for. */
	if (pending & IP_SOFTWARE)
		sbi_wake_end();
	if (pending & IP_TIMER)
		kernel_tick();
	if (pending & IP_EXTERNAL)
		take_line(core_index());
}

/* Context: any. */
uint64_t board_clock(void)
{
	return riscv_timer_now();
}

/* Context: any, masked. */
leaf void board_alarm(uint64_t when)
{
	riscv_timer_alarm(when);
}

/* Context: any, masked. */
void board_irq(unsigned line, unsigned core, bool on)
{
	plic_line(line, core, on);
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
	facts_exit(status);
	sbi_at_exit();
	arch_halt();
}

/* ARM Musca-B1, an SSE-200 with two Cortex-M33: all in the secure state, from which core 0 begins. */
#include "board.h"
#include "arch.h"
#include "chips/pl011.h"
#include "chips/nvic.h"
#include "chips/semihost.h"
#include "chips/sse200.h"
#include "chips/systick.h"

#define CLOCK_HZ 40000000
#define RAM 0x30000000
#define RAM_END 0x30080000
#define UART 0x50105000
#define UART_END 0x50106000

struct board board = {
    .name = "musca-b1",
    .cores = 2,
    .clock_hz = CLOCK_HZ,
    .ram_start = RAM,
    .ram_end = RAM_END,
    .device = {{SSE200_START, SSE200_END}, {UART, UART_END}},
    .lines = {0, 127, SSE200_WAKE},
};

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	(void)firmware_arg;
	pl011_init(UART, CLOCK_HZ, 115200);
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
	int line;

	if (systick_rang(sse200_core()))
		kernel_tick();
	if ((line = sse200_claim()) >= 0) {
		kernel_irq(line);
		nvic_end(line);
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
void board_irq(unsigned line, bool on)
{
	sse200_line(line, on);
}

/* Context: any. */
void board_console_write(const char *text, size_t n)
{
	pl011_write(text, n);
}

/* Context: any. */
void board_exit(int status)
{
	semihost_exit(status);
	arch_halt();
}

/* ZCU102: GIC-400, PSCI by SMC, Cadence UART. The two Cortex-R5 beside the four cores stay off. */
#include "board.h"
#include "arch.h"
#include "chips/arm_timer.h"
#include "chips/cadence_uart.h"
#include "chips/gicv2.h"
#include "chips/psci.h"
#include "chips/semihost.h"
#include "base/hot.h"

#define UART 0xff000000
#define GICD 0xf9010000
#define GICC 0xf9020000
#define GIC_END 0xf9040000
#define RAM_END 0x80000000

struct board board = {
    .name = "zcu102",
    .cores = 4,
    .device = {{UART, UART + 0x1000}, {GICD, GIC_END}},
    .lines = {32, 191},
};

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	(void)firmware_arg; /* a device tree, or not: what it says of this board does not change */
	cadence_uart_init(UART);
	psci_init(true);
	gicv2_init(GICD, GICC);
	board.clock_hz = arm_timer_hz();
	board.ram_end = semihost_ram_end(RAM_END);
	board.args = semihost_args();
}

/* Context: core stack. */
void board_core_init(unsigned core)
{
	arm_timer_init();
	gicv2_core_init(core, ARM_TIMER_PPI);
}

/* Context: core stack. */
bool board_start_core(unsigned core, void (*entry)(void))
{
	return !psci_cpu_on(core, entry, core);
}

/* Context: any, masked. */
void board_wake(unsigned core)
{
	gicv2_wake(core);
}

/* Context: core stack. */
void board_interrupt(void)
{
	uint32_t claimed;
	unsigned line;

	if (!gicv2_claim(&claimed))
		return;
	line = claimed & 0x3ff;
	if (line == ARM_TIMER_PPI)
		kernel_tick();
	else if (line >= 32)
		kernel_irq(line);
	gicv2_end(claimed);
}

/* Context: any. */
uint64_t board_clock(void)
{
	return arm_timer_now();
}

/* Context: any, masked. */
leaf void board_alarm(uint64_t when)
{
	arm_timer_alarm(when);
}

/* Context: any, masked. */
void board_irq(unsigned line, bool on)
{
	gicv2_line(line, on);
}

/* Context: any. */
void board_console_write(const char *text, size_t n)
{
	cadence_uart_write(text, n);
}

/* Context: any. */
void board_exit(int status)
{
	semihost_exit(status);
	psci_system_off();
	arch_halt();
}

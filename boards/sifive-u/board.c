/* HiFive Unleashed: OpenSBI, SiFive's UART, PLIC; any of harts 1 to 4 may be the one that boots. */
#include "board.h"
#include "arch.h"
#include "chips/fdt_board.h"
#include "chips/plic.h"
#include "chips/riscv_timer.h"
#include "chips/sbi.h"
#include "chips/semihost.h"
#include "chips/sifive_uart.h"
#include "base/hot.h"

#define PLIC 0x0c000000
#define PLIC_LINES 53
#define UART 0x10010000

struct board board = {
    .name = "sifive-u",
    .ram_start = 0x80200000,
    .device = {{PLIC, PLIC + PLIC_SIZE}, {UART, UART + 0x1000}},
    .lines = {1, PLIC_LINES},
};

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	sifive_uart_init(UART);
	if (!fdt_board((const void *)firmware_arg, arch_hart[0], arch_hart))
		board_exit(1);
	/* stopped it spins in OpenSBI 1.1; started it lacks S-mode, and sleeps */
	sbi_hart_start(0, arch_halt, 0);
	plic_init(PLIC, 2 * arch_hart[0], PLIC_LINES); /* two a hart, but one of hart 0 */
}

/* Context: core stack. */
void board_core_init(unsigned core)
{
	(void)core;
	riscv_timer_alarm(UINT64_MAX);
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

/* Context: core stack. */
void board_interrupt(void)
{
	unsigned long pending = csr_read(xip);
	unsigned line;

	/* Before the work that it announces is looked for. */
	if (pending & IP_SOFTWARE)
		sbi_wake_end();
	if (pending & IP_TIMER)
		kernel_tick();
	if (pending & IP_EXTERNAL && (line = plic_claim())) {
		kernel_irq(line);
		plic_end(line);
	}
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
void board_irq(unsigned line, bool on)
{
	plic_line(line, on);
}

/* Context: any. */
void board_console_write(const char *text, size_t n)
{
	sifive_uart_write(text, n);
}

/* Context: any. */
void board_exit(int status)
{
	semihost_exit(status);
	arch_halt();
}

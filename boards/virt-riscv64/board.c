/* QEMU's virt machine for RV64: OpenSBI, 16550, PLIC, any hart may be the one that boots. */
#include "board.h"
#include "arch.h"
#include "chips/fdt_board.h"
#include "chips/ns16550.h"
#include "chips/plic.h"
#include "chips/riscv_timer.h"
#include "chips/sbi.h"
#include "chips/sifive_test.h"
#include "base/hot.h"

#define TEST 0x00100000
#define PLIC 0x0c000000
#define PLIC_LINES 95
#define UART 0x10000000
#define RAM 0x80200000

struct board board = {
    .name = "virt-riscv64",
    .ram_start = RAM,
    /* The first: the clock too. The last: the UART and eight virtio devices. */
    .device = {{TEST, 0x00102000}, {PLIC, PLIC + PLIC_SIZE}, {UART, 0x10009000}},
    .lines = {1, PLIC_LINES},
};

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	ns16550_init(UART, 0);
	if (!fdt_board((const void *)firmware_arg, arch_hart[0], arch_hart))
		board_exit(1);
	/* two a hart: machine mode, supervisor mode */
	plic_init(PLIC, 2 * arch_hart[0] + 1, PLIC_LINES);
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
	ns16550_write(text, n);
}

/* Context: any. */
void board_exit(int status)
{
	sifive_test_exit(TEST, status);
	arch_halt();
}

/* QEMU's virt machine for RV32 without firmware: 16550, CLINT, PLIC, any hart may be the one
 * that boots. */
#include "board.h"
#include "arch.h"
#include "base/atomic.h"
#include "chips/clint.h"
#include "chips/fdt_board.h"
#include "chips/ns16550.h"
#include "chips/plic.h"
#include "chips/sifive_test.h"
#include "base/hot.h"

#define TEST 0x00100000
#define CLINT 0x02000000
#define PLIC 0x0c000000
#define PLIC_LINES 95
#define UART 0x10000000
#define RAM 0x80000000

struct board board = {
    .name = "virt-riscv32",
    .ram_start = RAM,
    /* The first: the clock too. The last: the UART and eight virtio devices. */
    .device = {{TEST, 0x00102000},
               {CLINT, CLINT + CLINT_SIZE},
               {PLIC, PLIC + PLIC_SIZE},
               {UART, 0x10009000}},
    .lines = {1, PLIC_LINES},
    .uart = {{&ns16550, UART, 10}},
};

/* the boot core becomes number 0, wherever the device tree lists it */
static uintptr_t hart[CONFIG_CORES];

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	ns16550_init(UART, 0);
	clint_init(CLINT);
	if (!fdt_board((const void *)firmware_arg, arch_hart[0], hart))
		return;
	plic_init(PLIC, PLIC_LINES);
}

/* Context: core stack. */
void board_core_init(unsigned core)
{
	clint_alarm(hart[core], UINT64_MAX);
	plic_core_init(core, 2 * hart[core]); /* two a hart: machine mode, supervisor mode */
}

/* Its entry is where it waits for its number (arch/riscv/entry.S).
 * Context: core stack. */
bool board_start_core(unsigned core, void (*entry)(void))
{
	(void)entry;
	store_release(&arch_hart[core], hart[core]); /* H1 */
	clint_wake(hart[core]);
	return true;
}

/* Context: any, masked. */
void board_wake(unsigned core)
{
	clint_wake(hart[core]);
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
	unsigned long pending = csr_read(mip);

	/* Before the work that it announces is looked for. */
	if (pending & IP_SOFTWARE)
		clint_wake_end(csr_read(mhartid));
	if (pending & IP_TIMER)
		kernel_tick();
	if (pending & IP_EXTERNAL)
		take_line(core_index());
}

/* Context: any. */
uint64_t board_clock(void)
{
	return clint_now();
}

/* Context: any, masked. */
leaf void board_alarm(uint64_t when)
{
	clint_alarm(csr_read(mhartid), when);
}

/* Context: any, masked. */
void board_irq(unsigned line, unsigned core, bool on)
{
	plic_line(line, core, on);
}

/* Context: any. */
void board_console_write(const char *text, size_t n)
{
	ns16550_write(text, n);
}

/* Context: any. */
void board_exit(int status)
{
	ns16550_flush();
	sifive_test_exit(TEST, status);
	arch_halt();
}

/* QEMU's virt machine for AArch64: GICv2 or v3, PSCI, PL011, a device tree where RAM starts. */
#include "board.h"
#include "arch.h"
#include "chips/arm_timer.h"
#include "chips/fdt.h"
#include "chips/fdt_board.h"
#include "chips/gicv2.h"
#include "chips/gicv3.h"
#include "chips/pl011.h"
#include "chips/psci.h"
#include "chips/semihost.h"
#include "base/hot.h"

#define RAM 0x40000000
#define GICD 0x08000000
#define GICC 0x08010000
#define GICR 0x080a0000
#define UART 0x09000000
#define UART_HZ 24000000

struct board board = {
    .name = "virt-aarch64",
    .ram_start = RAM,
    .device = {{GICD, 0x09000000}, {UART, 0x0a200000}}, /* the second: clock, GPIO, virtio too */
    .lines = {32, 255},
};

static uintptr_t mpidr[CONFIG_CORES];
static bool gic_is_v3;

static uint64_t own_mpidr(void)
{
	uint64_t v;

	__asm__("mrs %0, mpidr_el1" : "=r"(v));
	return v & 0xff00ffffff;
}

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	/* QEMU puts it at the start of RAM when the image lies at 0x40200000 or above. */
	const void *blob = (const void *)(firmware_arg ? firmware_arg : RAM);

	pl011_init(UART, UART_HZ, 115200);
	psci_init(arch_boot_el == 2);
	if (!fdt_board(blob, own_mpidr(), mpidr))
		board_exit(1);
	board.clock_hz = arm_timer_hz();
	gic_is_v3 = fdt_compatible(blob, "arm,gic-v3");
	if (gic_is_v3)
		gicv3_init(GICD, GICR);
	else
		gicv2_init(GICD, GICC);
}

/* Context: core stack. */
void board_core_init(unsigned core)
{
	arm_timer_init();
	if (gic_is_v3)
		gicv3_core_init(core, ARM_TIMER_PPI);
	else
		gicv2_core_init(core, ARM_TIMER_PPI);
}

/* Context: core stack. */
bool board_start_core(unsigned core, void (*entry)(void))
{
	return !psci_cpu_on(mpidr[core], entry, core);
}

/* Context: any, masked. */
void board_wake(unsigned core)
{
	if (gic_is_v3)
		gicv3_wake(core);
	else
		gicv2_wake(core);
}

static void dispatch(unsigned line)
{
	if (line == ARM_TIMER_PPI)
		kernel_tick();
	else if (line >= 32)
		kernel_irq(line);
}

/* Context: core stack. */
void board_interrupt(void)
{
	uint32_t line, claimed;

	if (gic_is_v3 && (line = gicv3_claim()) < 1020) {
		dispatch(line);
		gicv3_end(line);
	} else if (!gic_is_v3 && gicv2_claim(&claimed)) {
		dispatch(claimed & 0x3ff);
		gicv2_end(claimed);
	}
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
	if (gic_is_v3)
		gicv3_line(line, on);
	else
		gicv2_line(line, on);
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
	psci_system_off();
	arch_halt();
}

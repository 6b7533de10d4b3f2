/* QEMU's virt machine for AArch64: its device tree, where RAM starts, knows which GIC it has. */
#ifndef SKEIN_FACTS_H
#define SKEIN_FACTS_H
#include "base/config.h"
#include "board.h"
#include "arch.h"
#include "chips/fdt.h"
#include "chips/fdt_board.h"
#include "chips/pl011.h"
#include "chips/pl061.h"
#include "chips/psci.h"
#include "chips/semihost.h"

#define RAM 0x40000000
#define GICD 0x08000000
#define GICC 0x08010000
#define GICR 0x080a0000
#define UART 0x09000000
#define UART_HZ 24000000
#define GPIO 0x09030000

struct board board = {
    .name = "virt-aarch64",
    .ram_start = RAM,
    .device = {{GICD, 0x09000000}, {UART, 0x0a200000}}, /* the second: clock, GPIO, virtio too */
    .lines = {32, 255},
    .uart = {{&pl011, UART, 33}},
    .gpio = {&pl061, GPIO, 8, 39, 1},
};

static uintptr_t mpidr[CONFIG_CORES];
static bool gic_is_v3;

static inline uint64_t own_mpidr(void)
{
	uint64_t v;

	__asm__("mrs %0, mpidr_el1" : "=r"(v));
	return v & 0xff00ffffff;
}

static inline void facts_console_init(void)
{
	pl011_init(UART, UART_HZ, 115200);
}

static inline void facts_console_write(const char *text, size_t n)
{
	pl011_write(text, n);
}

static inline void facts_console_flush(void)
{
	pl011_flush();
}

static inline void facts_init(uintptr_t firmware_arg)
{
	/* QEMU puts it at the start of RAM when the image lies at 0x40200000 or above. */
	const void *blob = (const void *)(firmware_arg ? firmware_arg : RAM);

	psci_init(arch_boot_el, arch_boot_el == 2);
	if (!fdt_board(blob, own_mpidr(), mpidr))
		return;
	gic_is_v3 = fdt_compatible(blob, "arm,gic-v3");
}

static inline bool facts_gic_is_v3(void)
{
	return gic_is_v3;
}

static inline bool facts_start_core(unsigned core, void (*entry)(void))
{
	return !psci_cpu_on(mpidr[core], entry, core);
}

static inline void facts_exit(int status)
{
	semihost_exit(status);
	psci_at_exit();
}
#endif

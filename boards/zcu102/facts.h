/* AMD's ZCU102: a GIC-400. The two Cortex-R5 beside the four cores stay off. */
#ifndef SKEIN_FACTS_H
#define SKEIN_FACTS_H
#include "board.h"
#include "arch.h"
#include "chips/cadence_uart.h"
#include "chips/fdt_board.h"
#include "chips/psci.h"
#include "chips/semihost.h"

#define RAM_END 0x80000000
#define GICD 0xf9010000
#define GICC 0xf9020000
#define GICR 0
#define UART 0xff000000

struct board board = {
    .name = "zcu102",
    .cores = 4,
    .device = {{UART, UART + 0x1000}, {GICD, 0xf9040000}},
    .lines = {32, 191},
    .uart = {{&cadence_uart, UART, 53}},
};

static inline void facts_console_init(void)
{
	cadence_uart_init(UART);
}

static inline void facts_console_write(const char *text, size_t n)
{
	cadence_uart_write(text, n);
}

static inline void facts_console_flush(void)
{
	cadence_uart_flush();
}

static inline void facts_init(uintptr_t firmware_arg)
{
	psci_init(arch_boot_el, true);
	if (!fdt_ram((const void *)firmware_arg)) /* of U-Boot; QEMU has none for an ELF image */
		board.ram_end = semihost_ram_end(RAM_END);
	board.args = semihost_args();
}

static inline bool facts_gic_is_v3(void)
{
	return false;
}

static inline bool facts_start_core(unsigned core, void (*entry)(void))
{
	return !psci_cpu_on(core, entry, core);
}

static inline void facts_exit(int status)
{
	semihost_exit(status);
	psci_at_exit();
}
#endif

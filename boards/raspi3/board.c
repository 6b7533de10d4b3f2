/* Raspberry Pi 3, 3A+ and Zero 2 W, and QEMU's raspi3b and raspi3ap. The Pi's firmware, and QEMU
 * for a raw image, start core 0 at EL2 and hold the others in a spin table; for an ELF image QEMU
 * starts all four at once, at EL3. Either way three come to wait in arch_wait. */
#include "board.h"
#include "arch.h"
#include "chips/arm_timer.h"
#include "chips/bcm2835_gpio.h"
#include "chips/bcm2835_soc.h"
#include "chips/bcm2836_irq.h"
#include "chips/pl011.h"
#include "chips/semihost.h"
#include "chips/spin_table.h"
#include "base/hot.h"

#define CORES 4
#define SPIN_TABLE 0xd8
#define DEVICES 0x3f000000
#define DEVICE_IRQ 0x3f00b200
#define MAILBOX 0x3f00b880
#define POWER 0x3f100000
#define GPIO 0x3f200000
#define UART 0x3f201000
#define UART_HZ 48000000 /* init_uart_clock in config.txt */
#define LOCAL 0x40000000
#define LOCAL_END 0x40001000

struct board board = {
    .name = "raspi3",
    .cores = CORES,
    .device = {{DEVICES, LOCAL_END}},
    .lines = {0, 63, 64, .together = true},
    .uart = {{&pl011, UART, 57}},
    .gpio = {&bcm2835_gpio, GPIO, 28, 49, 1},
};

static void route(unsigned line, unsigned core, bool edge)
{
	(void)line, (void)edge; /* every line interrupts by its level */
	bcm2836_route(core);
}

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	(void)firmware_arg; /* a device tree, or not: the mailbox says the same */
	bcm2835_pin(GPIO, 14, BCM2835_ALT0);
	bcm2835_pin(GPIO, 15, BCM2835_ALT0);
	bcm2835_pin(GPIO, 32, BCM2835_INPUT); /* Bluetooth's: without disable-bt the firmware has */
	bcm2835_pin(GPIO, 33, BCM2835_INPUT); /* them at the same UART */
	pl011_init(UART, UART_HZ, 115200);
	spin_table_empty(SPIN_TABLE, CORES);
	bcm2836_init(LOCAL, DEVICE_IRQ, CORES);
	board.irq_route = route;
	board.clock_hz = arm_timer_hz();
	board.ram_end = bcm2835_ram_end(MAILBOX);
	if (!board.ram_end)
		board.refusal = "the firmware does not say how much RAM there is: take a newer one";
	board.args = semihost_args();
}

/* Context: core stack. */
void board_core_init(unsigned core)
{
	(void)core;
	arm_timer_init();
	bcm2836_wake_end();
}

/* Context: core stack. */
bool board_start_core(unsigned core, void (*entry)(void))
{
	(void)entry; /* they wait for it in arch_let_in */
	arch_let_in(core);
	bcm2836_wake(core);
	return true;
}

/* Context: any, masked. */
void board_wake(unsigned core)
{
	bcm2836_wake(core);
}

/* Context: core stack. */
void board_interrupt(void)
{
	uint32_t pending = bcm2836_pending();
	int line;

	if (pending & BCM2836_WAKE)
		bcm2836_wake_end();
	if (pending & BCM2836_TIMER)
		kernel_tick();
	if (pending & BCM2836_DEVICE && (line = bcm2836_line()) >= 0)
		kernel_irq(line);
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
void board_irq(unsigned line, unsigned core, bool on)
{
	(void)core; /* board.irq_route has told the controller */
	bcm2836_line_mask(line, on);
}

/* Context: any. */
void board_console_write(const char *text, size_t n)
{
	pl011_write(text, n);
}

/* Context: any. */
void board_exit(int status)
{
	pl011_flush();
	semihost_exit(status);
	bcm2835_at_exit(POWER);
	arch_halt();
}

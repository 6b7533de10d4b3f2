/* Raspberry Pi Pico 2: an RP2350, whose boot ROM copies the image from flash into static RAM and
 * starts core 0 in the secure state; core 1 waits in it. */
#include "board.h"
#include "arch.h"
#include "chips/nvic.h"
#include "chips/pl011.h"
#include "chips/rp2350_gpio.h"
#include "chips/rp2350_sio.h"
#include "chips/rp2350_soc.h"
#include "chips/semihost.h"
#include "chips/systick.h"

#define RAM 0x20000000
#define RAM_END 0x20082000
#define UART 0x40070000
#define TIMER 0x400b0000
#define GPIO 0x40028000 /* to the UART: pins, pads, clocks */

struct board board = {
    .name = "pico2",
    .cores = 2,
    .clock_hz = RP2350_HZ,
    .ram_start = RAM,
    .ram_end = RAM_END,
    .device = {{GPIO, UART + 0x1000}, {TIMER, TIMER + 0x1000}, {RP2350_SIO, RP2350_SIO_END}},
    .lines = {0, 51, RP2350_WAKE},
    .uart = {{&pl011, UART, 33}},
    .gpio = {&rp2350_gpio, GPIO, 30, 21, 1},
};

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	(void)firmware_arg;
	rp2350_core_init();
	rp2350_init();
	pl011_init(UART, RP2350_HZ, 115200);
	rp2350_pin(0, RP2350_UART);
	rp2350_pin(1, RP2350_UART);
	board.args = semihost_args();
}

/* Context: core stack. */
void board_core_init(unsigned core)
{
	rp2350_core_init();
	systick_alarm(core, UINT64_MAX);
	nvic_unmask(core, RP2350_WAKE);
}

/* Context: core stack. */
bool board_start_core(unsigned core, void (*entry)(void))
{
	const uintptr_t *table = (const uintptr_t *)arch_reset_table[core];

	return rp2350_start(RAM, table[0], (uintptr_t)entry);
}

/* Context: any, masked. */
void board_wake(unsigned core)
{
	rp2350_wake(core);
}

/* Context: core stack. */
void board_interrupt(void)
{
	unsigned core = rp2350_core();
	int line;

	if (systick_rang(core))
		kernel_tick();
	line = nvic_claim(core);
	if (line == RP2350_WAKE) {
		rp2350_wake_end();
		nvic_apply_if_asked(core);
	} else if (line >= 0) {
		kernel_irq(line);
	}
	if (line >= 0)
		nvic_end(core, line);
}

/* Context: any. */
uint64_t board_clock(void)
{
	return arch_clock_now();
}

/* Context: any, masked. */
void board_alarm(uint64_t when)
{
	systick_alarm(rp2350_core(), when);
}

/* Context: any, masked. */
void board_irq(unsigned line, unsigned core, bool on)
{
	nvic_want(core, line, on);
	if (rp2350_core() == core)
		nvic_apply(core);
	else
		rp2350_wake(core);
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
	nvic_at_exit();
	arch_halt();
}

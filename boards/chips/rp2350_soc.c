/* A register block is found again 0x2000 further on, where what is written sets bits, and 0x3000,
 * where it clears them. The sequences are those of the RP2350 datasheet:
 *   8.2   the crystal oscillator has a time to start in, of 50,000 periods after reset
 *   8.6.4 the PLL: dividers, power, lock, then the dividers behind it
 *   8.1   the multiplexer of clk_sys switches without a glitch, the one before it does not: clk_sys
 *         leaves it first. As of revision A3 the chip comes up on it
 *   9.7   a pad is isolated until its function has been chosen; a pull-up holds it, for erratum E9
 *   12.8  the timer counts clk_sys rather than microseconds if it is told to */
#include "rp2350_soc.h"
#include "arch.h"
#include "mmio.h"

enum { SET = 0x2000, CLEAR = 0x3000 };
enum {
	CLK_REF = 0x40010030,
	CLK_SYS = 0x4001003c,
	CLK_PERI = 0x40010048,
	RESET = 0x40020000,
	RESET_DONE = 0x40020008,
	PIN_FUNCTION = 0x40028004, /* and 8 bytes on for the next pin */
	PAD = 0x40038004,          /* and 4 */
	XOSC_CTRL = 0x40048000,
	XOSC_STATUS = 0x40048004,
	PLL_CS = 0x40050000,
	PLL_PWR = 0x40050004,
	PLL_FBDIV = 0x40050008,
	PLL_PRIM = 0x4005000c,
	TIMER_RAW_LOW = 0x400b0028,
	TIMER_SOURCE = 0x400b0038,
};
/* Of a clock's control: where it comes from. Its third register has a bit for the one in use. */
enum { REF_XOSC = 2, SYS_REF = 0, SYS_PLL = 1, PERI_ON = 1 << 11, SELECTED = 8 };
enum {
	BLOCK_PINS = 1 << 6,
	BLOCK_PADS = 1 << 9,
	BLOCK_PLL = 1 << 14,
	BLOCK_TIMER = 1 << 23,
	BLOCK_UART = 1 << 26,
};
enum {
	XOSC_RANGE = 0xaa0, /* to 15 MHz */
	XOSC_ON = 0xfab << 12,
	PLL_MULTIPLY = 125,
	PLL_DIVIDE = 5 << 16 | 2 << 12,
	PLL_POWER_VCO = 1 << 0 | 1 << 5,
	PLL_POWER_DIVIDE = 1 << 3,
	PAD_INPUT_4MA_UP_SCHMITT = 1 << 6 | 1 << 4 | 1 << 3 | 1 << 1,
};
#define READY (1u << 31) /* of the oscillator and the PLL */

/* What does not come in time is gone without: a slow clock is better than none. */
static void wait_for(uintptr_t address, uint32_t bits)
{
	wait32(address, bits, bits);
}

static void reset(uint32_t blocks)
{
	write32(RESET + SET, blocks);
	write32(RESET + CLEAR, blocks);
	wait_for(RESET_DONE, blocks);
}

static void clock_from(uintptr_t clock, unsigned source)
{
	write32(clock, source);
	wait_for(clock + SELECTED, 1u << source);
}

static void clocks_init(void)
{
	write32(CLK_SYS + CLEAR, SYS_PLL);
	wait_for(CLK_SYS + SELECTED, 1 << SYS_REF);
	write32(XOSC_CTRL, XOSC_RANGE);
	write32(XOSC_CTRL, XOSC_RANGE | XOSC_ON);
	wait_for(XOSC_STATUS, READY);
	clock_from(CLK_REF, REF_XOSC);

	reset(BLOCK_PLL);
	write32(PLL_CS, 1); /* the crystal's frequency, divided by one */
	write32(PLL_FBDIV, PLL_MULTIPLY);
	write32(PLL_PWR + CLEAR, PLL_POWER_VCO);
	wait_for(PLL_CS, READY);
	write32(PLL_PRIM, PLL_DIVIDE);
	write32(PLL_PWR + CLEAR, PLL_POWER_DIVIDE);
	clock_from(CLK_SYS, SYS_REF); /* the other multiplexer turns to the PLL meanwhile */
	clock_from(CLK_SYS, SYS_PLL);
	write32(CLK_PERI, PERI_ON);
}

/* Context: boot core, before the address space. */
void rp2350_init(void)
{
	clocks_init();
	reset(BLOCK_PINS | BLOCK_PADS | BLOCK_TIMER | BLOCK_UART);
	write32(TIMER_SOURCE, 1);
	arch_clock.count = (const volatile uint32_t *)TIMER_RAW_LOW;
}

/* Context: boot core, before the address space. */
void rp2350_pin(unsigned pin, unsigned function)
{
	write32(PIN_FUNCTION + pin * 8, function);
	write32(PAD + pin * 4, PAD_INPUT_4MA_UP_SCHMITT);
}

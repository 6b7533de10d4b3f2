/* The RP2350's pins. Their levels are in the SIO, which each core has; their functions and
 * interrupts in IO_BANK0, four bits a pin; their pulls in the pads. A register of IO_BANK0 is
 * found again where what is written sets bits, and where it clears them. */
#include "rp2350_gpio.h"
#include "mmio.h"

enum { BITS_SET = 0x2000, BITS_CLEAR = 0x3000 };
enum {
	FUNCTION = 0x004, /* and 8 bytes on for the next pin */
	INTR = 0x230,     /* and 4 bytes on for the next eight pins, as the next two */
	INTE = 0x248,     /* for core 0 */
	INTS = 0x278,
	PADS = 0x10004, /* and 4 */
};
#define SIO 0xd0000000
enum { IN = 0x04, OUT_SET = 0x18, OUT_CLEAR = 0x20, ON_SET = 0x38, ON_CLEAR = 0x40 };
enum { FUNCTION_SIO = 5, PINS = 30 };
enum { EDGE_FALLING = 1 << 2, EDGE_RISING = 1 << 3, EDGES = EDGE_FALLING | EDGE_RISING };
enum {
	PAD_SCHMITT = 1 << 1,
	PAD_DOWN = 1 << 2,
	PAD_UP = 1 << 3,
	PAD_4MA = 1 << 4,
	PAD_IN = 1 << 6
};

/* The pad's isolation ends when it has its function.
 * Context: any. */
static void pin_is(uintptr_t base, unsigned pin, uint32_t pulls)
{
	write32(base + FUNCTION + pin * 8, FUNCTION_SIO);
	write32(base + PADS + pin * 4, PAD_IN | PAD_4MA | PAD_SCHMITT | pulls);
}

static void rp2350_gpio_set(uintptr_t base, unsigned pin, bool level)
{
	(void)base;
	write32(SIO + (level ? OUT_SET : OUT_CLEAR), 1u << pin);
}

static bool rp2350_gpio_get(uintptr_t base, unsigned pin)
{
	(void)base;
	return read32(SIO + IN) >> pin & 1;
}

static bool rp2350_gpio_output(uintptr_t base, unsigned pin, bool level)
{
	rp2350_gpio_set(base, pin, level);
	write32(SIO + ON_SET, 1u << pin);
	pin_is(base, pin, 0);
	return true;
}

static bool rp2350_gpio_input(uintptr_t base, unsigned pin, enum gpio_chip_pull pull)
{
	write32(SIO + ON_CLEAR, 1u << pin);
	pin_is(base, pin, pull == PULL_UP ? PAD_UP : pull == PULL_DOWN ? PAD_DOWN : 0);
	return true;
}

static void rp2350_gpio_watch(uintptr_t base, unsigned pin, bool rising, bool falling)
{
	unsigned shift = pin % 8 * 4;
	uint32_t edges = (rising ? EDGE_RISING : 0u) | (falling ? EDGE_FALLING : 0u);

	base += pin / 8 * 4;
	write32(base + INTE + BITS_CLEAR, (uint32_t)EDGES << shift);
	write32(base + INTR, (uint32_t)EDGES << shift);
	write32(base + INTE + BITS_SET, edges << shift);
}

static uint32_t rp2350_gpio_taken(uintptr_t base)
{
	uint32_t pins = 0;

	for (unsigned first = 0; first < PINS; first += 8) {
		uint32_t edges = read32(base + INTS + first / 8 * 4);

		write32(base + INTR + first / 8 * 4, edges);
		for (unsigned i = 0; i < 8; i++)
			pins |= (edges >> 4 * i & EDGES ? 1u : 0u) << (first + i);
	}
	return pins;
}

const struct gpio_chip rp2350_gpio = {rp2350_gpio_output, rp2350_gpio_input, rp2350_gpio_set,
                                      rp2350_gpio_get,    rp2350_gpio_watch, rp2350_gpio_taken};

/* GPIO of the Raspberry Pi's BCM2835 to BCM2837. A pull is set by a pulse on the pin's clock, and
 * the data sheet asks for 150 cycles before and after it; a read of a register takes some 10. */
#include "bcm2835_gpio.h"
#include "mmio.h"

enum {
	GPFSEL = 0x00, /* 3 bits a pin: 0 input, 1 output */
	GPSET = 0x1c,
	GPCLR = 0x28,
	GPLEV = 0x34,
	GPEDS = 0x40, /* edges that were seen */
	GPREN = 0x4c,
	GPFEN = 0x58,
	GPPUD = 0x94, /* 1 down, 2 up */
	GPPUDCLK = 0x98,
};
enum { FUNCTION_INPUT, FUNCTION_OUTPUT };

static void put(uintptr_t address, unsigned pin, bool on)
{
	write32(address, (read32(address) & ~(1u << pin)) | (uint32_t)on << pin);
}

static void function(uintptr_t base, unsigned pin, uint32_t function)
{
	uintptr_t select = base + GPFSEL + pin / 10 * 4;
	unsigned shift = pin % 10 * 3;

	write32(select, (read32(select) & ~(7u << shift)) | function << shift);
}

static void bcm2835_gpio_set(uintptr_t base, unsigned pin, bool level)
{
	write32(base + (level ? GPSET : GPCLR), 1u << pin);
}

static bool bcm2835_gpio_get(uintptr_t base, unsigned pin)
{
	return read32(base + GPLEV) >> pin & 1;
}

static bool bcm2835_gpio_output(uintptr_t base, unsigned pin, bool level)
{
	bcm2835_gpio_set(base, pin, level);
	function(base, pin, FUNCTION_OUTPUT);
	return true;
}

static void settle(uintptr_t base)
{
	for (unsigned i = 0; i < 150; i++)
		read32(base + GPLEV);
}

static bool bcm2835_gpio_input(uintptr_t base, unsigned pin, enum gpio_chip_pull pull)
{
	function(base, pin, FUNCTION_INPUT);
	write32(base + GPPUD, pull == PULL_UP ? 2 : pull == PULL_DOWN);
	settle(base);
	write32(base + GPPUDCLK, 1u << pin);
	settle(base);
	write32(base + GPPUD, 0);
	write32(base + GPPUDCLK, 0);
	return true;
}

static void bcm2835_gpio_watch(uintptr_t base, unsigned pin, bool rising, bool falling)
{
	put(base + GPREN, pin, rising);
	put(base + GPFEN, pin, falling);
	write32(base + GPEDS, 1u << pin);
}

static uint32_t bcm2835_gpio_taken(uintptr_t base)
{
	uint32_t pins = read32(base + GPEDS);

	write32(base + GPEDS, pins);
	return pins;
}

const struct gpio_chip bcm2835_gpio = {bcm2835_gpio_output, bcm2835_gpio_input, bcm2835_gpio_set,
                                       bcm2835_gpio_get,    bcm2835_gpio_watch, bcm2835_gpio_taken};

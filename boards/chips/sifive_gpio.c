/* GPIO of SiFive's chips. An output is an input too, so its level can be read and its edges
 * interrupt. */
#include "sifive_gpio.h"
#include "mmio.h"

enum {
	VALUE = 0x00,
	INPUT_ON = 0x04,
	OUTPUT_ON = 0x08,
	PORT = 0x0c,
	PULL_UP_ON = 0x10,
	RISE_IE = 0x18,
	RISE_IP = 0x1c,
	FALL_IE = 0x20,
	FALL_IP = 0x24,
	FUNCTION_ON = 0x38, /* the pin is some other device's */
};

static void put(uintptr_t address, unsigned pin, bool on)
{
	write32(address, (read32(address) & ~(1u << pin)) | (uint32_t)on << pin);
}

static void sifive_gpio_set(uintptr_t base, unsigned pin, bool level)
{
	put(base + PORT, pin, level);
}

static bool sifive_gpio_get(uintptr_t base, unsigned pin)
{
	return read32(base + VALUE) >> pin & 1;
}

static bool sifive_gpio_output(uintptr_t base, unsigned pin, bool level)
{
	sifive_gpio_set(base, pin, level);
	put(base + INPUT_ON, pin, true);
	put(base + OUTPUT_ON, pin, true);
	put(base + FUNCTION_ON, pin, false);
	return true;
}

static bool sifive_gpio_input(uintptr_t base, unsigned pin, enum gpio_chip_pull pull)
{
	put(base + OUTPUT_ON, pin, false);
	put(base + PULL_UP_ON, pin, pull == PULL_UP);
	put(base + INPUT_ON, pin, true);
	put(base + FUNCTION_ON, pin, false);
	return pull != PULL_DOWN;
}

static void sifive_gpio_watch(uintptr_t base, unsigned pin, bool rising, bool falling)
{
	put(base + RISE_IE, pin, false);
	put(base + FALL_IE, pin, false);
	write32(base + RISE_IP, 1u << pin);
	write32(base + FALL_IP, 1u << pin);
	put(base + RISE_IE, pin, rising);
	put(base + FALL_IE, pin, falling);
}

static uint32_t sifive_gpio_taken(uintptr_t base)
{
	uint32_t rose = read32(base + RISE_IP) & read32(base + RISE_IE);
	uint32_t fell = read32(base + FALL_IP) & read32(base + FALL_IE);

	write32(base + RISE_IP, rose);
	write32(base + FALL_IP, fell);
	return rose | fell;
}

const struct gpio_chip sifive_gpio = {sifive_gpio_output, sifive_gpio_input, sifive_gpio_set,
                                      sifive_gpio_get,    sifive_gpio_watch, sifive_gpio_taken};

/* The FPGAIO block of ARM's MPS2 boards. */
#include "mps2_fpgaio.h"
#include "mmio.h"

enum { LED = 0, BUTTON = 8 };
enum { LEDS = 2 };

static void mps2_fpgaio_set(uintptr_t base, unsigned pin, bool level)
{
	write32(base + LED, (read32(base + LED) & ~(1u << pin)) | (uint32_t)level << pin);
}

static bool mps2_fpgaio_get(uintptr_t base, unsigned pin)
{
	if (pin < LEDS)
		return read32(base + LED) >> pin & 1;
	return read32(base + BUTTON) >> (pin - LEDS) & 1;
}

static bool mps2_fpgaio_output(uintptr_t base, unsigned pin, bool level)
{
	if (pin < LEDS)
		mps2_fpgaio_set(base, pin, level);
	return pin < LEDS;
}

static bool mps2_fpgaio_input(uintptr_t base, unsigned pin, enum gpio_chip_pull pull)
{
	(void)base;
	return pin >= LEDS && pull == PULL_NONE;
}

const struct gpio_chip mps2_fpgaio = {
    mps2_fpgaio_output, mps2_fpgaio_input, mps2_fpgaio_set, mps2_fpgaio_get, 0, 0};

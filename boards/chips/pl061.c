/* ARM PrimeCell GPIO PL061. An access of the data register concerns the pins whose bits stand in
 * its address, two bits to the left. */
#include "pl061.h"
#include "mmio.h"

enum {
	DIR = 0x400,
	LEVEL = 0x404, /* interrupts by level, else by edge */
	BOTH = 0x408,  /* by both edges */
	RISING = 0x40c,
	IE = 0x410,
	MIS = 0x418, /* what raises the line */
	IC = 0x41c,
};

static uintptr_t data_of(uintptr_t base, unsigned pin)
{
	return base + (4u << pin);
}

static void put(uintptr_t address, unsigned pin, bool on)
{
	write32(address, (read32(address) & ~(1u << pin)) | (uint32_t)on << pin);
}

static void pl061_set(uintptr_t base, unsigned pin, bool level)
{
	write32(data_of(base, pin), (uint32_t)level << pin);
}

static bool pl061_get(uintptr_t base, unsigned pin)
{
	return read32(data_of(base, pin));
}

/* An input's data register takes no level, so the level comes second.
 * Context: any. */
static bool pl061_output(uintptr_t base, unsigned pin, bool level)
{
	pl061_set(base, pin, level);
	put(base + DIR, pin, true);
	pl061_set(base, pin, level);
	return true;
}

static bool pl061_input(uintptr_t base, unsigned pin, enum gpio_chip_pull pull)
{
	put(base + DIR, pin, false);
	return pull == PULL_NONE;
}

static void pl061_watch(uintptr_t base, unsigned pin, bool rising, bool falling)
{
	put(base + IE, pin, false);
	put(base + LEVEL, pin, false);
	put(base + BOTH, pin, rising && falling);
	put(base + RISING, pin, rising);
	write32(base + IC, 1u << pin);
	put(base + IE, pin, rising || falling);
}

static uint32_t pl061_taken(uintptr_t base)
{
	uint32_t pins = read32(base + MIS);

	write32(base + IC, pins);
	return pins;
}

const struct gpio_chip pl061 = {pl061_output, pl061_input, pl061_set,
                                pl061_get,    pl061_watch, pl061_taken};

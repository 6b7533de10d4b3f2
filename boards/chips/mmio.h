/* Device registers. */
#ifndef SKEIN_MMIO_H
#define SKEIN_MMIO_H
#include <stdbool.h>
#include <stdint.h>

static inline uint32_t read32(uintptr_t address)
{
	return *(volatile uint32_t *)address;
}

static inline void write32(uintptr_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

static inline void write8(uintptr_t address, uint8_t value)
{
	*(volatile uint8_t *)address = value;
}

/* Waits until the bits of the mask have this value, or for so many looks that a device which works
 * has long answered: a register's read takes some 50 ns. False: it has not.
 * Context: any. */
static inline bool wait32(uintptr_t address, uint32_t mask, uint32_t value)
{
	for (unsigned looks = 2000000; looks; looks--)
		if ((read32(address) & mask) == value)
			return true;
	return false;
}
#endif

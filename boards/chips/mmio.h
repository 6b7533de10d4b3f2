/* Device registers. */
#ifndef SKEIN_MMIO_H
#define SKEIN_MMIO_H
#include <stdint.h>

static inline uint32_t read32(uintptr_t address)
{
	return *(volatile uint32_t *)address;
}

static inline void write32(uintptr_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}
#endif

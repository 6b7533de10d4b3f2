/* Fences order the device's registers against memory: what a wake announces is visible before it,
 * and what it announced is looked for after it has ended. */
#include "clint.h"
#include "mmio.h"

enum { SOFTWARE = 0, COMPARE = 0x4000, TIME = 0xbff8 };

static uintptr_t clint;

/* Context: boot core. */
void clint_init(uintptr_t base)
{
	clint = base;
}

/* Context: any. */
void clint_wake(unsigned hart)
{
	__asm__ volatile("fence rw, o" : : : "memory");
	write32(clint + SOFTWARE + 4 * hart, 1);
}

/* Context: any, masked. */
void clint_wake_end(unsigned hart)
{
	write32(clint + SOFTWARE + 4 * hart, 0);
	__asm__ volatile("fence o, rw" : : : "memory");
}

/* By halves, for harts of 32 bits.
 * Context: any. */
uint64_t clint_now(void)
{
	uint32_t high, low;

	do {
		high = read32(clint + TIME + 4);
		low = read32(clint + TIME);
	} while (read32(clint + TIME + 4) != high);
	return (uint64_t)high << 32 | low;
}

/* In between the alarm is far: it never rings early.
 * Context: any, masked. */
void clint_alarm(unsigned hart, uint64_t when)
{
	uintptr_t compare = clint + COMPARE + 8 * hart;

	write32(compare + 4, UINT32_MAX);
	write32(compare, (uint32_t)when);
	write32(compare + 4, when >> 32);
	(void)read32(compare + 4); /* it has arrived, and an old alarm pends no more */
}

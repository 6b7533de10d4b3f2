/* ARM Generic Interrupt Controller version 3 and 4 (ARM IHI 0069). Numbers: 0-15 from core to core,
 * 16-31 of one core, from 32 on devices. */
#ifndef SKEIN_GICV3_H
#define SKEIN_GICV3_H
#include <stdbool.h>
#include <stdint.h>

void gicv3_init(uintptr_t distributor, uintptr_t redistributors); /* boot core, before the next: */
/* each core: takes number 0 and this one */
void gicv3_core_init(unsigned core, unsigned ppi);
void gicv3_wake(unsigned core);          /* number 0 */
void gicv3_line(unsigned line, bool on); /* a device's */
/* While it is off. At first the boot core takes all lines, and they interrupt by level. */
void gicv3_route(unsigned line, unsigned core, bool edge);

/* The number of what is pending; from 1020 on: nothing is. Context: core stack. */
static inline uint32_t gicv3_claim(void)
{
	uint64_t number;

	/* ICC_IAR1_EL1; and claimed before the device is looked at */
	__asm__ volatile("mrs %0, S3_0_C12_C12_0\n\tdsb sy" : "=r"(number) : : "memory");
	return number;
}

/* Context: core stack. */
static inline void gicv3_end(uint32_t number)
{
	/* ICC_EOIR1_EL1 */
	__asm__ volatile("msr S3_0_C12_C12_1, %0\n\tisb" : : "r"((uint64_t)number) : "memory");
}
#endif

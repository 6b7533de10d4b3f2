/* ARM Generic Interrupt Controller version 2 (ARM IHI 0048). Numbers: 0-15 from core to core, 16-31
 * of one core, from 32 on devices. */
#ifndef SKEIN_GICV2_H
#define SKEIN_GICV2_H
#include <stdbool.h>
#include <stdint.h>

void gicv2_init(uintptr_t distributor, uintptr_t cpu_interface); /* boot core, before the next: */
/* each core: takes number 0 and this one */
void gicv2_core_init(unsigned core, unsigned ppi);
void gicv2_wake(unsigned core);      /* number 0 */
bool gicv2_claim(uint32_t *claimed); /* false when nothing is pending; the low 10 bits: number */
void gicv2_end(uint32_t claimed);
void gicv2_line(unsigned line, bool on); /* a device's */
/* While it is off. At first the boot core takes all lines, and they interrupt by level. */
void gicv2_route(unsigned line, unsigned core, bool edge);
#endif

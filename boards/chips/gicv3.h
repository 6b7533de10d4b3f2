/* ARM Generic Interrupt Controller version 3 and 4 (ARM IHI 0069). Numbers: 0-15 from core to core,
 * 16-31 of one core, from 32 on devices. */
#ifndef SKEIN_GICV3_H
#define SKEIN_GICV3_H
#include <stdbool.h>
#include <stdint.h>

void gicv3_init(uintptr_t distributor, uintptr_t redistributors); /* boot core, before the next: */
/* each core: takes number 0 and this one */
void gicv3_core_init(unsigned core, unsigned ppi);
void gicv3_wake(unsigned core); /* number 0 */
/* false when nothing is pending; else the number */
bool gicv3_claim(uint32_t *claimed);
void gicv3_end(uint32_t claimed);
void gicv3_line(unsigned line, bool on); /* a device's, which the boot core receives */
#endif

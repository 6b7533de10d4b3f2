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
void gicv2_line(unsigned line, bool on);   /* a device's, which the boot core receives */
void gicv2_edge(unsigned line, bool edge); /* while it is off; at first lines interrupt by level */
#endif

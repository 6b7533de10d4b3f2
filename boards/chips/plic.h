/* RISC-V Platform-Level Interrupt Controller: device lines. Each goes to one core, by that core's
 * context, which is a hart in a mode. The board's device tree numbers the contexts. */
#ifndef SKEIN_PLIC_H
#define SKEIN_PLIC_H
#include <stdbool.h>
#include <stdint.h>

#define PLIC_SIZE 0x600000

void plic_init(uintptr_t base, unsigned last);         /* lines 1 to last; before the next: */
void plic_core_init(unsigned core, unsigned context);  /* each core, on itself */
void plic_line(unsigned line, unsigned core, bool on); /* which this core takes */
unsigned plic_claim(unsigned core);                    /* 0: nothing is pending */
void plic_end(unsigned core, unsigned line);
#endif

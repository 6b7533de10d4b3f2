/* RISC-V Platform-Level Interrupt Controller: device lines, here all for one context, which is a
 * hart in a mode. The board's device tree numbers the contexts. */
#ifndef SKEIN_PLIC_H
#define SKEIN_PLIC_H
#include <stdbool.h>
#include <stdint.h>

#define PLIC_SIZE 0x600000

void plic_init(uintptr_t base, unsigned context, unsigned lines);
void plic_line(unsigned line, bool on);
unsigned plic_claim(void); /* by the context's hart; 0: nothing is pending */
void plic_end(unsigned line);
#endif

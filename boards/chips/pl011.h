/* ARM PrimeCell UART PL011 (ARM DDI 0183), polled. */
#ifndef SKEIN_PL011_H
#define SKEIN_PL011_H
#include <stddef.h>
#include <stdint.h>

void pl011_init(uintptr_t base, uint32_t clock_hz, uint32_t baud); /* 8 bits, no parity */
void pl011_write(const char *, size_t);
void pl011_flush(void); /* until the last bit is on the line */
#endif

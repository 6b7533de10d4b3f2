/* ARM PrimeCell UART PL011 (ARM DDI 0183), the console's output polled. */
#ifndef SKEIN_PL011_H
#define SKEIN_PL011_H
#include <stddef.h>
#include <stdint.h>
#include "uart.h"

void pl011_init(uintptr_t base, uint32_t clock_hz, uint32_t baud); /* 8 bits, no parity */
void pl011_write(const char *, size_t);
void pl011_flush(void); /* until the last bit is on the line */

extern const struct uart_chip pl011;
#endif

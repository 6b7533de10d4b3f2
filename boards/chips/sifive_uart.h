/* UART of SiFive's chips (FU540-C000 manual, chapter 13), the console's output polled. The
 * firmware has set the speed. */
#ifndef SKEIN_SIFIVE_UART_H
#define SKEIN_SIFIVE_UART_H
#include <stddef.h>
#include <stdint.h>
#include "uart.h"

void sifive_uart_init(uintptr_t base);
void sifive_uart_write(const char *, size_t);
void sifive_uart_flush(void); /* until nothing is queued */

extern const struct uart_chip sifive_uart;
#endif

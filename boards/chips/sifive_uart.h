/* UART of SiFive's chips (FU540-C000 manual, chapter 13), polled. The firmware has set the
 * speed. */
#ifndef SKEIN_SIFIVE_UART_H
#define SKEIN_SIFIVE_UART_H
#include <stddef.h>
#include <stdint.h>

void sifive_uart_init(uintptr_t base);
void sifive_uart_write(const char *, size_t);
void sifive_uart_flush(void); /* until nothing is queued */
#endif

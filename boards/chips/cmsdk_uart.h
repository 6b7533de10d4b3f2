/* The UART of ARM's Cortex-M System Design Kit, the console's output polled. */
#ifndef SKEIN_CMSDK_UART_H
#define SKEIN_CMSDK_UART_H
#include <stddef.h>
#include <stdint.h>
#include "uart.h"

void cmsdk_uart_init(uintptr_t base, uint32_t clock_hz, uint32_t baud);
void cmsdk_uart_write(const char *, size_t);
void cmsdk_uart_flush(void); /* until nothing is queued */

extern const struct uart_chip cmsdk_uart;
#endif

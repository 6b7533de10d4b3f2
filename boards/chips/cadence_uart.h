/* Cadence UART of the Zynq family (AMD UG1085), the console's output polled. The firmware has set
 * the speed. */
#ifndef SKEIN_CADENCE_UART_H
#define SKEIN_CADENCE_UART_H
#include <stddef.h>
#include <stdint.h>
#include "uart.h"

void cadence_uart_init(uintptr_t base);
void cadence_uart_write(const char *, size_t);
void cadence_uart_flush(void); /* until the last bit is on the line */

extern const struct uart_chip cadence_uart;
#endif

/* UARTs after National Semiconductor's 16550, the console's output polled. The firmware has set
 * the speed. */
#ifndef SKEIN_NS16550_H
#define SKEIN_NS16550_H
#include <stddef.h>
#include <stdint.h>
#include "uart.h"

void ns16550_init(uintptr_t base, unsigned shift); /* a register every 1 << shift bytes */
void ns16550_write(const char *, size_t);
void ns16550_flush(void); /* until the last bit is on the line, but not for ever */

extern const struct uart_chip ns16550;
#endif

/* What the C library's stdin asks of a serial port. */
#ifndef SKEIN_UART_DRIVER_H
#define SKEIN_UART_DRIVER_H
#include "skein/uart.h"

/* From now on nothing is lost here: while the ring is full the bytes stay in the chip, whose
 * interrupt is off, and on the line if the other end can be held back, as QEMU is. Only uart_read
 * takes them up again. */
void uart_hold(struct uart *);
/* If the console is read by tests/run, asks it by a ^Q to send its standard input, up to its end.
 * Opening port 0 does so. */
void uart_ask(void);

#endif

/* What a driver asks of a UART's chip. The registers begin at base. */
#ifndef SKEIN_UART_CHIP_H
#define SKEIN_UART_CHIP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uart_chip {
	/* Prepares the chip for receiving, with its line down: once, before the other calls. Bytes
	 * that it holds already stay. */
	void (*receive_init)(uintptr_t base);
	/* true: the line is up while there are bytes to read, or for a few of them after the time of
	 * some bytes; false: it is down */
	void (*receive_on)(uintptr_t base, bool on);
	/* Reads up to n bytes and returns how many there were. Sets *overrun if the chip had no
	 * room for a byte since the last call. Bytes that stay behind raise the line again. */
	size_t (*receive)(uintptr_t base, uint8_t *to, size_t n, bool *overrun);
};
#endif

/* CMSDK UART: transmit only. */
#include "cmsdk_uart.h"
#include "mmio.h"

enum { DATA = 0, STATE = 4, CONTROL = 8, DIVISOR = 16 };
enum { STATE_FULL = 1, CONTROL_TRANSMIT = 1 };

static uintptr_t uart;

/* Context: boot core, before the address space. */
void cmsdk_uart_init(uintptr_t base, uint32_t clock_hz, uint32_t baud)
{
	uart = base;
	write32(uart + DIVISOR, clock_hz / baud);
	write32(uart + CONTROL, CONTROL_TRANSMIT);
}

/* Context: any. */
void cmsdk_uart_write(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		while (read32(uart + STATE) & STATE_FULL)
			;
		write32(uart + DATA, (unsigned char)text[i]);
	}
}

/* The last byte may be on its way still: the device does not tell.
 * Context: any. */
void cmsdk_uart_flush(void)
{
	wait32(uart + STATE, STATE_FULL, 0);
}

/* CMSDK UART: the console's output is polled, input is for interrupts. */
#include "cmsdk_uart.h"
#include "mmio.h"

enum { DATA = 0, STATE = 4, CONTROL = 8, INTCLEAR = 12, DIVISOR = 16 };
enum {
	STATE_FULL = 1 << 0,     /* no room to send */
	STATE_RECEIVED = 1 << 1, /* the one byte that there is room for */
	STATE_OVERRUN = 1 << 3,  /* writing it takes it back */
	CONTROL_TRANSMIT = 1 << 0,
	CONTROL_RECEIVE = 1 << 1,
	CONTROL_RECEIVE_INT = 1 << 3,
	INT_RECEIVED = 1 << 1,
};

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

/* Context: any. */
static void cmsdk_uart_receive_init(uintptr_t base)
{
	write32(base + CONTROL, read32(base + CONTROL) | CONTROL_RECEIVE);
	write32(base + STATE, STATE_OVERRUN);
}

/* A byte that came while the interrupt was off is told of by no interrupt: who turns it on reads
 * too.
 * Context: any, one at a time. */
static void cmsdk_uart_receive_on(uintptr_t base, bool on)
{
	uint32_t others = read32(base + CONTROL) & ~(uint32_t)CONTROL_RECEIVE_INT;

	write32(base + CONTROL, others | (on ? CONTROL_RECEIVE_INT : 0));
}

/* The interrupt is remembered until it is cleared, which must come before the reading: a byte that
 * comes after the last look raises it again.
 * Context: any, one at a time. */
static size_t cmsdk_uart_receive(uintptr_t base, uint8_t *to, size_t n, bool *overrun)
{
	size_t got = 0;

	write32(base + INTCLEAR, INT_RECEIVED);
	if (read32(base + STATE) & STATE_OVERRUN) {
		*overrun = true;
		write32(base + STATE, STATE_OVERRUN);
	}
	while (got < n && read32(base + STATE) & STATE_RECEIVED)
		to[got++] = read32(base + DATA);
	return got;
}

const struct uart_chip cmsdk_uart = {cmsdk_uart_receive_init, cmsdk_uart_receive_on,
                                     cmsdk_uart_receive};

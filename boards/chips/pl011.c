/* ARM PrimeCell UART PL011: the console's output is polled, input is for interrupts. */
#include "pl011.h"
#include "mmio.h"

enum {
	DR = 0x00,
	FR = 0x18,
	IBRD = 0x24,
	FBRD = 0x28,
	LCRH = 0x2c,
	CR = 0x30,
	IFLS = 0x34,
	IMSC = 0x38,
	DMACR = 0x48
};
enum {
	DR_OVERRUN = 1 << 11,
	FR_BUSY = 1 << 3,
	FR_RXFE = 1 << 4, /* nothing was received */
	FR_TXFF = 1 << 5, /* the queue to the wire is full */
	LCRH_FIFO_8BIT = 1 << 4 | 3 << 5,
	CR_ON_TX_RX = 1 | 1 << 8 | 1 << 9,
	IFLS_RX = 7 << 3, /* at which level of the queue INT_RX comes; 0: an eighth */
	INT_RX = 1 << 4,
	INT_TIMEOUT = 1 << 6, /* fewer bytes, and none for 32 bits' time */
};

static uintptr_t uart;

/* Context: boot core, before the address space. */
void pl011_init(uintptr_t base, uint32_t clock_hz, uint32_t baud)
{
	uint32_t divisor = clock_hz * 4ull / baud; /* of 16 clocks a bit, in 1/64 */

	uart = base;
	/* What the firmware still has to say; a device that is off may be busy for ever. */
	pl011_flush();
	write32(uart + CR, 0);
	write32(uart + IMSC, 0);
	write32(uart + DMACR, 0);
	write32(uart + IBRD, divisor >> 6);
	write32(uart + FBRD, divisor & 63);
	write32(uart + LCRH, LCRH_FIFO_8BIT); /* also makes the divisor count */
	write32(uart + CR, CR_ON_TX_RX);
}

/* Context: any. */
void pl011_write(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		while (read32(uart + FR) & FR_TXFF)
			;
		write32(uart + DR, (unsigned char)text[i]);
	}
}

/* Context: any. */
void pl011_flush(void)
{
	wait32(uart + FR, FR_BUSY, 0);
}

/* QEMU knows no timeout and interrupts at the first byte.
 * Context: any. */
static void pl011_receive_init(uintptr_t base)
{
	write32(base + IFLS, read32(base + IFLS) & ~IFLS_RX);
}

/* Context: any, one at a time. */
static void pl011_receive_on(uintptr_t base, bool on)
{
	uint32_t others = read32(base + IMSC) & ~(INT_RX | INT_TIMEOUT);

	write32(base + IMSC, others | (on ? INT_RX | INT_TIMEOUT : 0));
}

/* An emptied queue takes both interrupts back.
 * Context: any, one at a time. */
static size_t pl011_receive(uintptr_t base, uint8_t *to, size_t n, bool *overrun)
{
	size_t got = 0;

	while (got < n && !(read32(base + FR) & FR_RXFE)) {
		uint32_t data = read32(base + DR);

		*overrun |= (data & DR_OVERRUN) != 0;
		to[got++] = data;
	}
	return got;
}

const struct uart_chip pl011 = {pl011_receive_init, pl011_receive_on, pl011_receive};

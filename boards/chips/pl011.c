/* ARM PrimeCell UART PL011: transmit only. */
#include "pl011.h"
#include "mmio.h"

enum {
	DR = 0x00,
	FR = 0x18,
	IBRD = 0x24,
	FBRD = 0x28,
	LCRH = 0x2c,
	CR = 0x30,
	IMSC = 0x38,
	DMACR = 0x48
};
enum {
	FR_BUSY = 1 << 3,
	FR_TXFF = 1 << 5, /* the queue to the wire is full */
	LCRH_FIFO_8BIT = 1 << 4 | 3 << 5,
	CR_ON_TX_RX = 1 | 1 << 8 | 1 << 9,
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

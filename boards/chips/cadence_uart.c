/* Cadence UART: the console's output is polled, input is for interrupts. */
#include "cadence_uart.h"
#include "mmio.h"

enum { CR = 0x00, IER = 0x08, IDR = 0x0c, ISR = 0x14, RTRIG = 0x20, SR = 0x2c, FIFO = 0x30 };
enum {
	CR_RX_ON = 1 << 2,
	CR_TX_ON = 1 << 4,
	INT_RTRIG = 1 << 0, /* at least RTRIG bytes are there */
	INT_OVERRUN = 1 << 5,
	SR_RX_EMPTY = 1 << 1,
	SR_TX_EMPTY = 1 << 3,
	SR_TX_FULL = 1 << 4,
	SR_TX_ACTIVE = 1 << 11,
};

static uintptr_t uart;

/* Context: boot core, before the address space. */
void cadence_uart_init(uintptr_t base)
{
	uart = base;
	write32(uart + IDR, ~0u);
	/* Neither disabled nor reset: what the firmware still has to say goes out. */
	write32(uart + CR, CR_RX_ON | CR_TX_ON);
}

/* Context: any. */
void cadence_uart_write(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		while (read32(uart + SR) & SR_TX_FULL)
			;
		write32(uart + FIFO, (unsigned char)text[i]);
	}
}

/* Context: any. */
void cadence_uart_flush(void)
{
	wait32(uart + SR, SR_TX_EMPTY | SR_TX_ACTIVE, SR_TX_EMPTY);
}

/* Context: any. */
static void cadence_uart_receive_init(uintptr_t base)
{
	write32(base + RTRIG, 1);
	write32(base + ISR, INT_OVERRUN);
}

/* Context: any, one at a time. */
static void cadence_uart_receive_on(uintptr_t base, bool on)
{
	write32(base + (on ? IER : IDR), INT_RTRIG);
}

/* The interrupt is remembered until it is cleared. So it is cleared only when there was nothing to
 * read, and a second look follows: bytes that stay behind have it still, and a byte that comes after
 * that look raises it again.
 * Context: any, one at a time. */
static size_t cadence_uart_receive(uintptr_t base, uint8_t *to, size_t n, bool *overrun)
{
	size_t got = 0;

	*overrun |= (read32(base + ISR) & INT_OVERRUN) != 0;
	write32(base + ISR, INT_OVERRUN);
	while (got < n) {
		if (read32(base + SR) & SR_RX_EMPTY) {
			write32(base + ISR, INT_RTRIG);
			if (read32(base + SR) & SR_RX_EMPTY)
				break;
		}
		to[got++] = read32(base + FIFO);
	}
	return got;
}

const struct uart_chip cadence_uart = {cadence_uart_receive_init, cadence_uart_receive_on,
                                       cadence_uart_receive};

/* Cadence UART: transmit only. */
#include "cadence_uart.h"
#include "mmio.h"

enum { CR = 0x00, IDR = 0x0c, SR = 0x2c, FIFO = 0x30 };
enum {
	CR_RX_ON = 1 << 2,
	CR_TX_ON = 1 << 4,
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

/* UART of SiFive's chips: the console's output is polled, input is for interrupts. */
#include "sifive_uart.h"
#include "mmio.h"

enum { TXDATA = 0x00, RXDATA = 0x04, TXCTRL = 0x08, RXCTRL = 0x0c, IE = 0x10, IP = 0x14 };
enum { IP_MARK = 1, IE_RECEIVED = 2 };
enum { TXDATA_FULL = 1u << 31, RXDATA_EMPTY = 1u << 31 };
enum { RXCTRL_ON = 1 }; /* and the interrupt is pending while more than 0 bytes are there */
enum {
	TXCTRL_ON = 1,
	TXCTRL_MARK = 1 << 16, /* the interrupt is pending while fewer bytes than this are queued */
};

static uintptr_t uart;

/* Context: boot core, before the address space. */
void sifive_uart_init(uintptr_t base)
{
	uart = base;
	write32(uart + IE, 0);
	write32(uart + TXCTRL, TXCTRL_MARK | TXCTRL_ON);
}

/* Context: any. */
void sifive_uart_write(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		while (read32(uart + TXDATA) & TXDATA_FULL)
			;
		write32(uart + TXDATA, (unsigned char)text[i]);
	}
}

/* The last byte may be on its way still: the device does not tell.
 * Context: any. */
void sifive_uart_flush(void)
{
	wait32(uart + IP, IP_MARK, IP_MARK);
}

/* Context: any. */
static void sifive_uart_receive_init(uintptr_t base)
{
	write32(base + RXCTRL, RXCTRL_ON);
}

/* Context: any, one at a time. */
static void sifive_uart_receive_on(uintptr_t base, bool on)
{
	uint32_t others = read32(base + IE) & ~(uint32_t)IE_RECEIVED;

	write32(base + IE, others | (on ? IE_RECEIVED : 0));
}

/* The chip does not tell of an overrun.
 * Context: any, one at a time. */
static size_t sifive_uart_receive(uintptr_t base, uint8_t *to, size_t n, bool *overrun)
{
	size_t got = 0;

	(void)overrun;
	for (uint32_t data; got < n && !((data = read32(base + RXDATA)) & RXDATA_EMPTY);)
		to[got++] = data;
	return got;
}

const struct uart_chip sifive_uart = {sifive_uart_receive_init, sifive_uart_receive_on,
                                      sifive_uart_receive};

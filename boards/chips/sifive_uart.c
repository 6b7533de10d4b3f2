/* UART of SiFive's chips: transmit only. */
#include "sifive_uart.h"
#include "mmio.h"

enum { TXDATA = 0x00, TXCTRL = 0x08, IE = 0x10, IP = 0x14 };
enum { IP_MARK = 1 };
enum { TXDATA_FULL = 1u << 31 };
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

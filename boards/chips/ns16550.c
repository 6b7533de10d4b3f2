/* 16550 UARTs: transmit only. */
#include "ns16550.h"

enum { THR = 0, LSR = 5 };
enum { LSR_THRE = 1 << 5, LSR_TEMT = 1 << 6 }; /* room for a byte; nothing is left to send */

static uintptr_t uart;
static unsigned register_shift;

static volatile uint8_t *reg(unsigned n)
{
	return (volatile uint8_t *)(uart + ((uintptr_t)n << register_shift));
}

/* Context: boot core, before the address space. */
void ns16550_init(uintptr_t base, unsigned shift)
{
	uart = base;
	register_shift = shift;
}

/* Context: any. */
void ns16550_write(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		while (!(*reg(LSR) & LSR_THRE))
			;
		*reg(THR) = text[i];
	}
}

/* Context: any. */
void ns16550_flush(void)
{
	for (unsigned looks = 2000000; looks && !(*reg(LSR) & LSR_TEMT); looks--)
		;
}

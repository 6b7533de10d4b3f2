/* 16550 UARTs: the console's output is polled, input is for interrupts. */
#include "ns16550.h"

enum { RBR = 0, THR = 0, IER = 1, FCR = 2, LSR = 5 };
enum {
	IER_RECEIVED = 1 << 0,
	/* queues: the received one interrupts at 8 bytes, or when none has come for the time of 4 */
	FCR_ON = 1 | 2 << 6,
	LSR_RECEIVED = 1 << 0,
	LSR_OVERRUN = 1 << 1, /* reading takes it back */
	LSR_THRE = 1 << 5,    /* room for a byte */
	LSR_TEMT = 1 << 6,    /* nothing is left to send */
};

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

static volatile uint8_t *reg_at(uintptr_t base, unsigned n)
{
	return (volatile uint8_t *)(base + ((uintptr_t)n << register_shift));
}

/* Turning the queues on may empty them, so what is to be sent goes out before.
 * Context: any. */
static void ns16550_receive_init(uintptr_t base)
{
	ns16550_flush();
	*reg_at(base, FCR) = FCR_ON;
}

/* Context: any, one at a time. */
static void ns16550_receive_on(uintptr_t base, bool on)
{
	uint8_t others = *reg_at(base, IER) & ~IER_RECEIVED;

	*reg_at(base, IER) = others | (on ? IER_RECEIVED : 0);
}

/* Context: any, one at a time. */
static size_t ns16550_receive(uintptr_t base, uint8_t *to, size_t n, bool *overrun)
{
	size_t got = 0;

	while (got < n) {
		uint8_t status = *reg_at(base, LSR);

		*overrun |= (status & LSR_OVERRUN) != 0;
		if (!(status & LSR_RECEIVED))
			break;
		to[got++] = *reg_at(base, RBR);
	}
	return got;
}

const struct uart_chip ns16550 = {ns16550_receive_init, ns16550_receive_on, ns16550_receive};

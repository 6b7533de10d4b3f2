/* A real interrupt of a real device: the console's UART says that it has room for a byte, as long
 * as it is asked to. boards/<board>/board.mk names it: BOARD_DEVICE, the chip, where its
 * registers are, and its line. */
#ifndef DEVICE_H
#define DEVICE_H
#include <stdint.h>

enum { pl011, ns16550, cadence_uart, sifive_uart, cmsdk_uart };

static inline volatile uint32_t *device_word(unsigned offset)
{
	return (volatile uint32_t *)((uintptr_t)DEVICE_BASE + offset);
}

static inline volatile uint8_t *device_byte(unsigned offset)
{
	return (volatile uint8_t *)((uintptr_t)DEVICE_BASE + offset);
}

/* The line rises. A PL011 says so of a byte that has gone out, so there must have been one. */
static inline void device_raise(void)
{
	if (DEVICE_CHIP == pl011) {
		*device_word(0x38) = 1 << 5; /* IMSC: transmit */
	} else if (DEVICE_CHIP == ns16550) {
		*device_byte(1) = 2; /* IER: transmitter empty */
	} else if (DEVICE_CHIP == cadence_uart) {
		*device_word(0x08) = 1 << 3; /* IER: transmit queue empty */
	} else if (DEVICE_CHIP == sifive_uart) {
		*device_word(0x10) = 1; /* ie: transmit queue below its mark */
	} else {
		*device_word(0x08) = 5;    /* CTRL: transmit, with interrupt */
		*device_word(0x00) = '\n'; /* DATA: when this has gone out */
	}
}

/* The line falls. */
static inline void device_drop(void)
{
	if (DEVICE_CHIP == pl011) {
		*device_word(0x38) = 0;
	} else if (DEVICE_CHIP == ns16550) {
		*device_byte(1) = 0;
		(void)*device_byte(2); /* IIR: reading it takes back what it says */
	} else if (DEVICE_CHIP == cadence_uart) {
		*device_word(0x0c) = 1 << 3; /* IDR */
	} else if (DEVICE_CHIP == sifive_uart) {
		*device_word(0x10) = 0;
	} else {
		*device_word(0x08) = 1;
		*device_word(0x0c) = 1; /* INTCLEAR */
	}
}
#endif

/* A real interrupt of a real device: the console's UART says that it has room for a byte, as long as it is asked to. */
#ifndef DEVICE_H
#define DEVICE_H
#include <stdint.h>

#ifdef __aarch64__ /* PL011 */
enum { DEVICE_LINE = 33 };
#define DEVICE_REGISTER(n) (*(volatile uint32_t *)(0x09000000ul + (n)))

/* The line rises. A PL011 says so of a byte that has gone out, so there must have been one. */
static inline void device_raise(void)
{
	DEVICE_REGISTER(0x38) = 1 << 5; /* IMSC: transmit */
}

/* The line falls. */
static inline void device_drop(void)
{
	DEVICE_REGISTER(0x38) = 0;
}
#else /* 16550 */
enum { DEVICE_LINE = 10 };
#define DEVICE_REGISTER(n) (*(volatile uint8_t *)(0x10000000ul + (n)))

static inline void device_raise(void)
{
	DEVICE_REGISTER(1) = 2; /* IER: transmitter empty */
}

static inline void device_drop(void)
{
	DEVICE_REGISTER(1) = 0;
	(void)DEVICE_REGISTER(2); /* IIR: reading it takes back what it says */
}
#endif
#endif

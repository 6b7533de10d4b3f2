/* What the two Cortex-M33 of an RP2350 have between them (RP2350 datasheet, chapter 3.1). */
#ifndef SKEIN_RP2350_SIO_H
#define SKEIN_RP2350_SIO_H
#include <stdbool.h>
#include <stdint.h>

enum {
	RP2350_SIO = 0xd0000000, /* the registers of each core */
	RP2350_SIO_END = 0xd0001000,
	RP2350_WAKE = 26, /* the line of rp2350_wake, on each core */
};

void rp2350_core_init(void); /* each core: exclusive accesses reach the other one */
unsigned rp2350_core(void);
/* core 1 leaves the boot ROM: vectors, stack pointer, first instruction; false: it is not there */
bool rp2350_start(uintptr_t vectors, uintptr_t sp, uintptr_t entry);
void rp2350_wake(unsigned core); /* its line goes up */
void rp2350_wake_end(void);      /* this core's */
#endif

/* The interrupt controllers of the Raspberry Pi 2 and 3: the BCM2836's local one, which each core
 * has to itself (Broadcom QA7), and behind it the BCM2835's for devices (BCM2835 ARM
 * Peripherals, chapter 7), whose lines 0 to 63 go to one core, at first to core 0. */
#ifndef SKEIN_BCM2836_IRQ_H
#define SKEIN_BCM2836_IRQ_H
#include <stdbool.h>
#include <stdint.h>

/* What bcm2836_pending says. */
enum { BCM2836_TIMER = 1 << 3, BCM2836_WAKE = 1 << 4, BCM2836_DEVICE = 1 << 8 };

void bcm2836_init(uintptr_t local, uintptr_t devices, unsigned cores); /* boot core */
void bcm2836_wake(unsigned core);
uint32_t bcm2836_pending(void);    /* on this core */
void bcm2836_wake_end(void);       /* on this core */
int bcm2836_line(void);            /* a device's line that is pending, or -1 */
void bcm2836_route(unsigned core); /* the devices' lines go to it, as interrupts */
void bcm2836_line_mask(unsigned line, bool on);
#endif

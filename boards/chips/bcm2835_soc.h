/* Of the Raspberry Pi's BCM2835 to BCM2837: the pins' functions (BCM2835 ARM Peripherals,
 * chapter 6), the end of power (the registers are those of Linux's bcm2835_wdt), and the firmware's
 * answer by mailbox how much RAM there is (the Raspberry Pi firmware's property interface). */
#ifndef SKEIN_BCM2835_SOC_H
#define SKEIN_BCM2835_SOC_H
#include <stdint.h>

enum { BCM2835_INPUT = 0, BCM2835_ALT0 = 4 };

void bcm2835_pin(uintptr_t gpio, unsigned pin, unsigned function); /* and no pull, up or down */
/* Where the ARM's part of RAM ends, which begins at 0; 0: the firmware does not say. */
uintptr_t bcm2835_ram_end(uintptr_t mailbox);
/* CONFIG_AT_EXIT: a reset, after which the firmware halts or starts again; takes a moment */
void bcm2835_at_exit(uintptr_t power_manager);
#endif

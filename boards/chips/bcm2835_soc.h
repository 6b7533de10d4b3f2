/* Of the Raspberry Pi's BCM2835 to BCM2837: the pins' functions and the end of power (BCM2835 ARM
 * Peripherals, chapter 6; the power manager's registers are those of Linux's bcm2835_wdt). */
#ifndef SKEIN_BCM2835_SOC_H
#define SKEIN_BCM2835_SOC_H
#include <stdint.h>

enum { BCM2835_ALT0 = 4 };

void bcm2835_pin(uintptr_t gpio, unsigned pin, unsigned function); /* and no pull, up or down */
/* CONFIG_AT_EXIT: a reset, after which the firmware halts or starts again; takes a moment */
void bcm2835_at_exit(uintptr_t power_manager);
#endif

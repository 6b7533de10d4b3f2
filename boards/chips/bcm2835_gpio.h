/* GPIO of the Raspberry Pi's BCM2835 to BCM2837 (BCM2835 ARM Peripherals, chapter 6): of its 54
 * pins the first bank, 0 to 27, which the Pi's header has. */
#ifndef SKEIN_BCM2835_GPIO_H
#define SKEIN_BCM2835_GPIO_H
#include "gpio.h"

extern const struct gpio_chip bcm2835_gpio;
#endif

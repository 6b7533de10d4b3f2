/* The RP2350's pins 0 to 29 (RP2350 datasheet, chapters 3.1.3 and 9), for core 0, which takes their
 * line. By erratum E9 a pull-down does not bring an input down that was high: use an external
 * one. */
#ifndef SKEIN_RP2350_GPIO_H
#define SKEIN_RP2350_GPIO_H
#include "gpio.h"

extern const struct gpio_chip rp2350_gpio; /* base: of the pins' functions, IO_BANK0 */
#endif

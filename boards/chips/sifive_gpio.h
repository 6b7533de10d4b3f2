/* GPIO of SiFive's chips (FU540-C000 manual, chapter 17): each pin has a line. */
#ifndef SKEIN_SIFIVE_GPIO_H
#define SKEIN_SIFIVE_GPIO_H
#include "gpio.h"

extern const struct gpio_chip sifive_gpio;
#endif

/* ARM PrimeCell GPIO PL061 (ARM DDI 0190): eight pins, without pulls. */
#ifndef SKEIN_PL061_H
#define SKEIN_PL061_H
#include "gpio.h"

extern const struct gpio_chip pl061;
#endif

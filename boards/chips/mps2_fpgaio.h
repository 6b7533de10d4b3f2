/* The FPGAIO block of ARM's MPS2 boards (ARM DAI 0521): pins 0 and 1 are its LEDs, 2 and 3 its push
 * buttons. It has no line. */
#ifndef SKEIN_MPS2_FPGAIO_H
#define SKEIN_MPS2_FPGAIO_H
#include "gpio.h"

extern const struct gpio_chip mps2_fpgaio;
#endif

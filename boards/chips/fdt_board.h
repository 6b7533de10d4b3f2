/* Fills in `board` from the device tree. */
#ifndef SKEIN_FDT_BOARD_H
#define SKEIN_FDT_BOARD_H
#include <stdbool.h>
#include <stdint.h>
#include "base/config.h"

/* ram_end, cores, args and, where the tree tells it, clock_hz. Core i is id[i]; the one that boots
 * becomes number 0, wherever the tree lists it. False, and a refusal, when there is no tree. */
bool fdt_board(const void *blob, uintptr_t boot, uintptr_t id[CONFIG_CORES]);
/* Only ram_end: where the RAM ends that the image lies in, or something is reserved. False: no
 * tree. */
bool fdt_ram(const void *blob);
#endif

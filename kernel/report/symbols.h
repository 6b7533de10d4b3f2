/* Function names for reports: a table that the second link puts at the end of rodata
 * (tools/symbols). */
#ifndef SKEIN_SYMBOLS_H
#define SKEIN_SYMBOLS_H
#include <stdint.h>

const char *symbol_find(uintptr_t pc, uintptr_t *start); /* null: not in the image's text */

#endif

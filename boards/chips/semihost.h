/* Semihosting, QEMU's or a debugger's: what a board asks the host for that it cannot learn from
 * its firmware. */
#ifndef SKEIN_SEMIHOST_H
#define SKEIN_SEMIHOST_H
#include <stdint.h>

/* the command line after the program's name; null: no host answers, or it is too long, and
 * board.args_long says so */
char *semihost_args(void);
uintptr_t semihost_ram_end(uintptr_t unknown); /* where the RAM ends that the image lies in */
void semihost_exit(int status);                /* returns where no host answers */
#endif

/* The beginning and the end of a run. */
#ifndef SKEIN_START_H
#define SKEIN_START_H

_Noreturn void kernel_exit(int status); /* ends the program */

/* Upward. */

void libc_start(void); /* lib/libc: the main goroutine begins here */

#endif

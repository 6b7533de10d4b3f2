/* The beginning and the end of a run. */
#ifndef SKEIN_START_H
#define SKEIN_START_H

_Noreturn void kernel_exit(int status); /* ends the program */

/* Ends before the program began, with a sentence. */
_Noreturn void refuse(const char *format, ...) __attribute__((format(printf, 1, 2), cold));
void map_memory(void); /* makes the address space, or refuses */

/* Upward. */

void libc_start(void); /* lib/libc: the main goroutine begins here */

#endif

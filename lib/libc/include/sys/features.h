/* newlib's, and the parts of POSIX for which it waits to be told that they are there (lib/libc/posix.c).
 * There are no threads besides goroutines. */
#ifndef SKEIN_SYS_FEATURES_H
#define SKEIN_SYS_FEATURES_H
#include_next <sys/features.h>
#define _POSIX_TIMERS 200809L
#define _POSIX_MONOTONIC_CLOCK 200809L
#define _POSIX_CLOCK_SELECTION 200809L
#endif

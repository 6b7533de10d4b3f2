/* newlib's, and what of POSIX it has under other names. */
#ifndef SKEIN_STDIO_H
#define SKEIN_STDIO_H
#include_next <stdio.h>
#ifdef __cplusplus
extern "C" {
#endif

#if __POSIX_VISIBLE >= 200809
ssize_t getline(char **, size_t *, FILE *);
ssize_t getdelim(char **, size_t *, int, FILE *);
#endif

#ifdef __cplusplus
}
#endif
#endif

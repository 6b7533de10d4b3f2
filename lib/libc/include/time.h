/* newlib's, and what C11 added. */
#ifndef SKEIN_TIME_H
#define SKEIN_TIME_H
#include_next <time.h>
#ifdef __cplusplus
extern "C" {
#endif

#define TIME_UTC 1
int timespec_get(struct timespec *, int base);

#ifdef __cplusplus
}
#endif
#endif

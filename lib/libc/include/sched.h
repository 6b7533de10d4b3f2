/* newlib's, and sched_yield, which it declares where there are POSIX threads. */
#ifndef SKEIN_SCHED_H
#define SKEIN_SCHED_H
#include_next <sched.h>
#ifdef __cplusplus
extern "C" {
#endif

int sched_yield(void);

#ifdef __cplusplus
}
#endif
#endif

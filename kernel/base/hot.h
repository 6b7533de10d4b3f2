/* Hints to the compiler on hot paths. */
#ifndef SKEIN_HOT_H
#define SKEIN_HOT_H

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Keeps code that rarely runs, or needs a stack, out of code that often runs and needs none. */
#define noinline __attribute__((__noinline__))

/* A function that calls others only at its end. It needs no frame record: a backtrace finds its
 * caller's record without. kernel_interrupt calls others earlier too, but a core stack needs no
 * records. */
#define leaf __attribute__((optimize("omit-frame-pointer")))

/* Compiled with -Os, for a small memory: there is only the general way to do a thing, no fast
 * way. */
#ifdef __OPTIMIZE_SIZE__
#define SMALL true
#else
#define SMALL false
#endif

#endif

/* Hints to the compiler on hot paths. */
#ifndef SKEIN_HOT_H
#define SKEIN_HOT_H
#include "base/config.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Keeps code that rarely runs, or needs a stack, out of code that often runs and needs none. */
#define noinline __attribute__((__noinline__))

/* A function without a frame record. On a goroutine's hot paths it calls others only at its end,
 * and needs no frame at all: a backtrace finds its caller's record. Where it calls others earlier,
 * a backtrace leaves out its caller: on the core stack, which does no harm, and in console.c and
 * print.c. */
#define leaf __attribute__((optimize("omit-frame-pointer")))

/* A field, or an object, that begins a cache line, so that what is before it moves between cores
 * without it. skein/sync.h says how long a line is. */
#define line_begins __attribute__((aligned(GO_LINE)))

/* Compiled with -Os, for a small memory: there is only the general way to do a thing, no fast
 * way. */
#if defined(__OPTIMIZE_SIZE__) || CONFIG_RACE /* of which the detector sees one way */
#define SMALL true
#else
#define SMALL false
#endif

#endif

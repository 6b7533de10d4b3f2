/* Hints to the compiler on hot paths. */
#ifndef SKEIN_HOT_H
#define SKEIN_HOT_H

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* What is seldom taken, or needs a stack, apart from what is often and does not. */
#define noinline __attribute__((__noinline__))

/* A function that calls others only at its end: it needs no frame record, and its caller's is
 * found without. kernel_interrupt also calls before: what runs on a core stack needs no record. */
#define leaf __attribute__((optimize("omit-frame-pointer")))

/* Compiled with -Os: a program for a small memory, which has one way to do a thing instead of a
 * fast one and a general one. */
#ifdef __OPTIMIZE_SIZE__
#define SMALL true
#else
#define SMALL false
#endif

#endif

/* The crash log: see crash.c. */
#ifndef SKEIN_CRASH_H
#define SKEIN_CRASH_H
#include <stddef.h>
#include <stdint.h>
#include "base/config.h"

/* Believed only if all of it fits together: after power-on it is noise. */
struct crash_log {
	uint32_t magic, n, sum; /* n bytes of text, and the checksum of n and these */
	char text[CONFIG_CRASH_LOG];
};
extern struct crash_log crash_log;
#define CRASH_MAGIC 0x6c6f4773

void crash_init(void);  /* prints the log of the run before, if there is one */
void crash_begin(void); /* a report begins: what is printed from here on is kept */
/* Keeps this text too, if a report has begun and there is room. */
void crash_keep(const char *text, size_t n);

#endif

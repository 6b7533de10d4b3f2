/* The console's lines: see console.c. */
#ifndef SKEIN_CONSOLE_H
#define SKEIN_CONSOLE_H
#include <stddef.h>
#include <stdint.h>
#include "config.h"

struct line {
	struct line *next;
	uint32_t n, sent; /* sent: atomic */
	char text[CONFIG_LINE];
};

/* *to becomes an empty line to fill. It is committed with interrupts masked as they were, and
 * preemption off until then. */
void console_line(struct line **to);
void console_commit(struct line *); /* it is written after those before it */
/* Writes what is committed, until all is out or another goroutine has taken over. */
void console_drain(void);
void console_write(const char *, size_t); /* for stdio: a line at a time */
void console_rest(void);                  /* at the end, the other cores stopped */

#endif

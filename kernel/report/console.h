/* The console's lines: see console.c. */
#ifndef SKEIN_CONSOLE_H
#define SKEIN_CONSOLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/config.h"

struct line {
	struct line *next;
	uint32_t n, sent; /* sent: atomic */
	char text[CONFIG_LINE];
};

/* Sets *to to an empty line. The caller fills and commits it, with interrupts masked or not as now,
 * and with preemption off until then. */
void console_line(struct line **to);
void console_commit(struct line *); /* queues it to be written in its turn */
/* Writes the committed lines, until all are out or another goroutine has taken over. */
void console_drain(void);
void console_write(const char *, size_t); /* for stdio: a line at a time */
void console_init(void);                  /* asks whether a host answers */
bool console_hosted(void);                /* one does */
/* The last lines, the status where no host takes it, and the end. The other cores have stopped. */
_Noreturn void console_exit(int status);
void console_rest(void); /* the lines that wait */

#endif

/* The words of the command line that are the kernel's. A word is one when it begins with the whole
 * name of an option and "=", as skein.seed=7 does; every other word is the program's, skein.txt
 * too. */
#ifndef SKEIN_OPTIONS_H
#define SKEIN_OPTIONS_H
#include <stdbool.h>
#include <stdint.h>

struct options {
	uint32_t seed;  /* of the scheduler's choices */
	uint32_t cores; /* to start; 0: all */
};
extern struct options options;

/* Reads them; of one that stands twice the last. A word that begins like an option and is none gets
 * a warning. Returns the word that makes no sense, or null. */
const char *options_read(const char *line);

/* Is the word at p one of them? */
bool option_is(const char *p);

#endif

/* The kernel's words in the command line. A word is for the kernel when it begins with the whole
 * name of an option and "=", as skein.seed=7 does. Every other word is for the program, skein.txt
 * too. */
#ifndef SKEIN_OPTIONS_H
#define SKEIN_OPTIONS_H
#include <stdbool.h>
#include <stdint.h>

struct options {
	uint32_t seed;     /* of the scheduler's choices */
	uint32_t cores;    /* to start; 0: all */
	uint32_t maxprocs; /* what go_maxprocs would set at the start; 0: all cores */
	uint32_t leaks;    /* not 0: go_leaks at the end of the program */
	uint32_t marks;    /* not 0: the end tells how much of their stacks goroutines used */
	uint32_t input;    /* not 0: the host sends to the console what the program reads there */
};
extern struct options options;

/* Reads the options; of an option that stands twice the last counts. A word that begins like an
 * option and is none gets a warning. Returns a word with a wrong value, or null. */
const char *options_read(const char *line);

/* Is the word at p an option? */
bool option_is(const char *p);

#endif

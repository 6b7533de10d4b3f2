/* The main goroutine: constructors, the command line, main. */
#include <reent.h>
#include <stdlib.h>
#include <string.h>
#include "core.h"
#include "g.h"
#include "libc.h"
#include "skein.h"

enum { MAX_ARGS = 64 };

static char name[] = "main";

int main(int argc, char **argv);

extern void (*__preinit_array_start[])(void), (*__preinit_array_end[])(void);
extern void (*__init_array_start[])(void), (*__init_array_end[])(void);

static void run_all(void (**f)(void), void (**end)(void))
{
	for (; f < end; f++)
		(*f)();
}

/* Splits the command line at blanks; words that begin with "skein." are the kernel's. */
static int split(char *line, char **argv)
{
	char *rest = 0;
	int argc = 1;

	argv[0] = name;
	for (char *word = strtok_r(line, " ", &rest); word && argc < MAX_ARGS;
	     word = strtok_r(0, " ", &rest))
		if (strncmp(word, "skein.", 6) != 0)
			argv[argc++] = word;
	argv[argc] = 0;
	return argc;
}

/* Context: the main goroutine. */
void libc_start(void)
{
	static char *argv[MAX_ARGS + 1];
	char *line;
	int argc = 1;

	arch_self()->top->reent = _GLOBAL_REENT; /* it also lists the open files */
	libc_stacks_init();
	line = board.args ? strdup(board.args) : 0;
	argv[0] = name;
	if (line)
		argc = split(line, argv);
	run_all(__preinit_array_start, __preinit_array_end);
	run_all(__init_array_start, __init_array_end);
	exit(main(argc, argv));
}

/* The main goroutine: constructors, the command line, main. */
#include <reent.h>
#include <stdlib.h>
#include <string.h>
#include "sched/core.h"
#include "sched/g.h"
#include "libc.h"
#include "boot/options.h"
#include "base/panic.h"
#include "skein.h"

static char name[] = "main";

int main(int argc, char **argv);

extern void (*__preinit_array_start[])(void), (*__preinit_array_end[])(void);
extern void (*__init_array_start[])(void), (*__init_array_end[])(void);
extern void (*const streams_start[])(void), (*const streams_end[])(void);

static noinline void run_all(void (*const *f)(void), void (*const *end)(void))
{
	for (; f < end; f++)
		(*f)(); /* on main's stack, which has room. stack: calls nothing */
}

/* Cuts the command line at blanks, where it lies, and lists the words that are not the kernel's;
 * without a list it only counts them, and cuts nothing. */
static int words_of(char *line, char **list)
{
	int n = 0;

	for (char *word = line; word && *word;) {
		size_t length = strcspn(word, " ");
		bool last = !word[length];

		if (length && !option_is(word)) {
			if (list)
				list[n] = word;
			n++;
		}
		if (list)
			word[length] = 0;
		word += length + !last;
	}
	return n;
}

/* Context: the main goroutine. */
void libc_start(void)
{
	char **argv;
	int n;

	arch_self()->top->reent = _GLOBAL_REENT; /* it also lists the open files */
	libc_stacks_init();
	run_all(streams_start, streams_end); /* see reent.c */
	n = words_of(board.args, 0);
	argv = calloc(n + 2, sizeof(*argv));
	assert_that(argv,
	            "C library: no memory for %d words of the command line: give the board "
	            "more RAM (MEM=)",
	            n);
	argv[0] = name;
	words_of(board.args, argv + 1);
	run_all(__preinit_array_start, __preinit_array_end);
	run_all(__init_array_start, __init_array_end);
	exit(main(n + 1, argv));
}

/* Exit statuses, handlers, arguments, and what the end of the program does to output and to
 * other goroutines. */
// test: check=0 cores=1,4 args=return:0
// test: check=0 cores=1 args=return:63 expect=63
// test: check=0 cores=4 args=exit:1 expect=1 match='^a whole line\na halfsecond handler\nfirst handler 0\.5$'
// test: check=0 cores=1 args=exit:64 expect=63 match='^skein: exit status 64 is none of 0 to 63, so it becomes 63$'
// test: check=0 cores=1 args=return:-1 expect=63 match='^skein: exit status -1 is none of 0 to 63, so it becomes 63$'
// test: check=0 cores=1 args=_exit:256 expect=63 match='^skein: exit status 256 is none of 0 to 63, so it becomes 63$'
// test: check=0 cores=1 args=goroutine:42 expect=42 match='^second handler\nfirst handler 0\.5$'
// test: check=0 cores=1 args=_exit:7 expect=7 match='(?s)\A((?!handler).)*\Z'
// test: check=0 cores=1 args='words:0  two   three --x=1' match='^5: main words:0 two three --x=1$'
// test: check=0 cores=1,4 args=abort:0 expect=70 match='(?s)^a whole line\n.*^panic: C library: abort or raise of signal 6\ngoroutine 1 "main".*by 0x[0-9a-f]+ main\+'
// test: check=0 cores=1,4 args=panic:0 expect=70 match='(?s)^a whole line\n.*^panic: '
// test: check=0 cores=1 args=assert:0 expect=70 match='(?s)^a whole line\n.*assertion "status" failed.*^panic: C library: abort'
// test: check=0 cores=1 args=large:5 expect=5 match='^large handler b$'
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "test.h"

static void first(void)
{
	printf("first handler %g\n", 0.5);
}

static void second(void)
{
	puts("second handler");
}

/* On main's stack, which is larger than what the C library lends. */
static void large(void)
{
	volatile char line[12000];

	line[0] = 'a';
	line[sizeof(line) - 1] = 'b';
	printf("large handler %c\n", line[sizeof(line) - 1]);
}

static void later(void)
{
	for (;;)
		go_yield();
}

static void leaver(int status)
{
	exit(status);
}

int main(int argc, char **argv)
{
	const char *colon = argc > 1 ? strchr(argv[1], ':') : 0;
	int status = colon ? atoi(colon + 1) : 1;
	chan(int) c = chan_make(int, 0);

	if (!colon)
		return 1;
	atexit(first);
	atexit(second);
	for (unsigned i = 0; i < 8; i++)
		go(later); /* they are dropped */
	if (!strncmp(argv[1], "words", 5)) {
		printf("%d:", argc);
		for (int i = 0; i < argc; i++)
			printf(" %s", argv[i]);
		printf("\n");
		return argv[argc] != 0;
	}
	if (!strncmp(argv[1], "large", 5)) {
		atexit(large);
		return status;
	}
	printf("a whole line\na half");
	if (!strncmp(argv[1], "exit", 4))
		exit(status);
	if (!strncmp(argv[1], "_exit", 5))
		_exit(status);
	if (!strncmp(argv[1], "goroutine", 9)) {
		printf("\n");
		go(leaver, status);
		go_exit();
	}
	if (!strncmp(argv[1], "abort", 5))
		abort();
	if (!strncmp(argv[1], "assert", 6))
		assert(status);
	if (!strncmp(argv[1], "panic", 5)) {
		chan_close(c);
		chan_close(c);
	}
	return status;
}

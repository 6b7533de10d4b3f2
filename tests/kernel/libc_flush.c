/* What goroutines have printed without a newline appears at the end of the program, whoever used
 * stdio first and whoever ends the program; after _exit it does not. */
// test: check=0 cores=1,4 args=return match='(?m)^a half$'
// test: check=0 cores=1,4 args=exit expect=5 match='(?m)^a half$'
// test: check=0 cores=1,4 args=leave expect=6 match='(?m)^a half$'
// test: check=0 cores=1,4 args=later match='(?m)^a half and main$'
// test: check=0 cores=1,4 args=buffered match='(?m)^a line\na half$'
// test: check=0 cores=1 args=_exit match='(?s)\A((?!half).)*\Z'
// test: check=0 cores=1,4 args=end expect=70 match='(?s)a line\n.*panic: deadlock'
// test: check=0 cores=1,4 args=two expect=7 match='(?m)^a half$'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "test.h"

static struct waitgroup done;

static void print(const char *text)
{
	if (!strcmp(text, "buffered")) {
		setvbuf(stdout, 0, _IOFBF, 4096);
		printf("a line\n");
	}
	printf("a half");
	wg_done(&done);
}

static void print_line(void)
{
	printf("a line\n");
}

/* Uses the C library for the first time. */
static void leave(int status)
{
	errno = 0;
	exit(status);
}

static void leave_later(int status)
{
	go_sleep(ms(20)); /* main has ended */
	leave(status);
}

static bool leaving; /* atomic: main is in exit */

static void leave_slowly(void)
{
	__atomic_store_n(&leaving, true, __ATOMIC_RELAXED);
	go_sleep(ms(20));
}

static void leave_too(void)
{
	while (!__atomic_load_n(&leaving, __ATOMIC_RELAXED))
		go_yield();
	exit(8);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	if (!strcmp(how, "end")) {
		go(print_line);
		go_exit();
	}
	wg_add(&done, 1);
	go(print, how);
	wg_wait(&done);
	if (!strcmp(how, "exit"))
		go(leave, 5), go_sleep(sec(10));
	if (!strcmp(how, "leave"))
		go(leave_later, 6), go_exit();
	if (!strcmp(how, "two"))
		atexit(leave_slowly), go(leave_too), exit(7);
	if (!strcmp(how, "later"))
		printf(" and main");
	if (!strcmp(how, "_exit"))
		_exit(0);
	return 0;
}

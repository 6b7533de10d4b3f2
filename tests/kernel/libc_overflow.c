/* A function of the program that the C library calls back runs on the borrowed stack: when it needs more
 * than that has, the program ends with a sentence, at the latest when the stack is given back. The
 * next call finds the stack as it was when the callback stayed within it. */
// test: check=0,1 cores=1,4 args=9000 without=mps2-an521,musca-b1 expect=70 match='(?s)^panic: C library: a call needed more than 8192 bytes of stack\n.*"writer".*made at 0x[0-9a-f]+ main\+'
// test: check=0,1 cores=1,4 args=9000 boards=mps2-an521,musca-b1 expect=71 match='(?s)^fault: stack overflow: .*"writer".*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=1,4 args=4000
// test: check=0 cores=1,4 args=0 expect=70 match='(?s)^panic: deadlock: .*"writer" \[chan receive[^\n]*\n(    (at|by) [^\n]*\n)*    by 0x[0-9a-f]+ take\+'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include "test.h"

static struct waitgroup done;
static size_t written;
static chan(int) never;

/* Takes n bytes of stack and writes to all of them. */
static __attribute__((__noinline__)) void deep(size_t n)
{
	volatile char *use = __builtin_alloca(n);

	for (size_t i = n; i > 0; i--)
		use[i - 1] = 1;
}

static ssize_t take(void *cookie, const char *text, size_t n)
{
	(void)text;
	written += n;
	if (*(size_t *)cookie == 0)
		chan_recv(never, NULL); /* the report shows where on the borrowed stack */
	go_yield();                     /* it comes back to the same stack, with the same limit */
	deep(*(size_t *)cookie);
	return n;
}

static void writer(FILE *f)
{
	for (int i = 0; i < 20; i++)
		fprintf(f, "%d\n", i);
	wg_done(&done);
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? atoi(argv[1]) : 0;
	FILE *f = fopencookie(&n, "w", (cookie_io_functions_t){.write = take});

	never = chan_make(int, 0);
	check(f && setvbuf(f, 0, _IONBF, 0) == 0);
	wg_add(&done, 1);
	go_with(go_attr(.name = "writer"), writer, f);
	wg_wait(&done);
	check(written == 10 * 2 + 10 * 3);
	fclose(f);
	return test_done();
}

/* What the C library takes for a goroutine comes back when it ends: five hundred times each kind of
 * state, then the heap and the memory are as they were. */
// test: cores=1,4
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include "base/config.h"
#include "memory/mem.h"
#include "test.h"

enum { TIMES = 500 };

static void numbers(void)
{
	char text[40];

	snprintf(text, sizeof(text), "%.17g", 1 / 3.0);
	check(!strcmp(text, "0.33333333333333331") && strtod(text, 0) == 1 / 3.0);
}

static void words(void)
{
	char text[] = "a b";

	check(*strtok(text, " ") == 'a' && *strtok(0, " ") == 'b' && mblen("x", 1) == 1);
}

static void times(void)
{
	time_t t = 0;

	check(asctime(localtime(&t)) && gmtime(&t));
}

static void random_numbers(void)
{
	check(rand() >= 0 && lrand48() >= 0 && random() >= 0);
}

static void names(void)
{
	check(tmpnam(0) && strerror(EINVAL));
}

static void files(void)
{
	FILE *f = fopen("/nowhere/to/be/found", "r");

	check(!f && fopen("", "q") == 0);
	check(printf("%s", "") == 0);
}

static void wide(void)
{
	wchar_t text[40];

	check(swprintf(text, 40, L"%d", 7) == 1);
}

static void (*const kind[])(void) = {numbers, words, times, random_numbers, names, files, wide};
static const char *const name[] = {"numbers", "words", "times", "random numbers",
                                   "names",   "files", "wide"};
static struct waitgroup done;

static void one(unsigned k)
{
	kind[k]();
	wg_done(&done);
}

static void one_after_another(unsigned k, unsigned times)
{
	while (times--) {
		wg_add(&done, 1);
		go(one, k);
		wg_wait(&done);
		while (go_count() != 1)
			go_yield();
	}
}

int main(void)
{
	/* Each core keeps free goroutines of its own; one core has none to miss. */
	size_t most = (go_cores() - 1) * 2 * CONFIG_FREE_BATCH * (CONFIG_STACK + 1024);

	for (unsigned k = 0; k < sizeof(kind) / sizeof(kind[0]); k++) {
		size_t blocks, bytes;

		one_after_another(k, 50);
		blocks = mallinfo().uordblks;
		bytes = mem_free_bytes();
		one_after_another(k, TIMES);
		if (!check(mallinfo().uordblks == blocks && mem_free_bytes() + most >= bytes))
			kprintf("%s: %d bytes of the heap, %d of memory\n", name[k],
			        (int)(mallinfo().uordblks - blocks),
			        (int)(bytes - mem_free_bytes()));
	}
	return test_done();
}

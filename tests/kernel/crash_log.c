/* The crash log, in three runs, each after a reset of the board: start_crash.sh starts it where no
 * host ends a run. A host does: then this is the first run. */
// test: cores=1,4 check=0 expect=71 match='(?s)^run 0: no log\n\nfault: write to an unmapped address, address 0x8\ngoroutine \d+ "bad"'
#include <stdlib.h>
#include <string.h>
#include "arch.h"
#include "report/crash.h"
#include "test.h"

#define RUN_MAGIC 0x72756e00

/* Lives through a reset, as the log does. */
static volatile uint32_t run __attribute__((section(".crash")));

static void bad(void)
{
	int *volatile nowhere = (int *)8;

	*nowhere = 1;
}

static void first_run(void)
{
	go_with(go_attr(.name = "bad"), bad);
	go_sleep(sec(10));
	kprintf("nothing faulted\n");
}

/* Then a bit of the log is changed, and the board starts again without a panic. */
static void second_run(const char *log)
{
	check(log && strstr(log, "\nfault: write to an unmapped address, address 0x8\n"));
	check(log && strstr(log, "\"bad\" [running"));
	check(log && strstr(log, " bad+"));
	crash_log.magic = CRASH_MAGIC;
	crash_log.text[5] ^= 1;
	arch_clean(&crash_log, sizeof(crash_log));
	kprintf("%s\n", test_done() ? "the log is wrong" : "the log is right");
	exit(0);
}

int main(void)
{
	const char *log = go_crash_log();
	uint32_t number = run - RUN_MAGIC < 3 ? run - RUN_MAGIC : 0;

	kprintf("run %u: %s\n", (unsigned)number, log ? "a log" : "no log");
	run = RUN_MAGIC + number + 1;
	arch_clean((const void *)&run, sizeof(run));
	if (number == 0)
		first_run();
	else if (number == 1)
		second_run(log);
	for (;;)
		go_sleep(sec(1));
}

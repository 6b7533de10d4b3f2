/* A shell on the console: type help. It reads stdin, so it can be typed at a board's serial line,
 * at the terminal of make run, or piped in. Each command is a row of a table. On a board that is
 * built with OPT=-DCONFIG_AT_EXIT=AT_EXIT_REBOOT the command exit starts the board again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "skein.h"

/* Main reads the counters, for they are too large for a small stack. */
static struct go_stats before, now;
static int seconds; /* for which main still shows what the cores do */

static void help(int n);

static void ps(int n)
{
	(void)n;
	go_dump();
}

static void top(int n)
{
	seconds = n > 0 ? n : 1;
}

/* What each core did between before and now. */
static void show_cores(void)
{
	printf("core  busy  switches  preemptions\n");
	for (unsigned i = 0; i < now.cores; i++) {
		const struct go_core_stats *was = &before.core[i], *is = &now.core[i];
		go_time all = now.uptime - before.uptime, idle = is->idle - was->idle;

		printf("%4u  %3d%%  %8lu  %11lu\n", i,
		       idle < all ? (int)(100 - idle * 100 / all) : 0,
		       (unsigned long)(is->switches - was->switches),
		       (unsigned long)(is->preemptions - was->preemptions));
	}
}

static void mem(int n)
{
	(void)n;
	printf("%lu KB free, %u goroutines, %u stacks (most so far: %u)\n",
	       (unsigned long)(now.memory_free / 1024), go_count(), now.stacks, now.stacks_peak);
}

static void spinner(go_time end)
{
	go_name("spinner");
	while (go_now() < end)
		;
}

static void spin(int n)
{
	go(spinner, go_now() + sec(n ? n : 1));
}

static void leave(int n)
{
	exit(n);
}

static const struct command {
	const char *name;
	void (*run)(int n);
	const char *does;
} commands[] = {
    {"help", help, "this list"},
    {"ps", ps, "prints every goroutine"},
    {"top", top, "what the cores do, for N seconds"},
    {"mem", mem, "memory and stacks"},
    {"spin", spin, "starts a goroutine that computes for N seconds"},
    {"exit", leave, "ends the program with status N"},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void help(int n)
{
	(void)n;
	for (int i = 0; i < COMMANDS; i++)
		printf("%-5s %s\n", commands[i].name, commands[i].does);
}

static void run(const char *line)
{
	char name[16];
	int n = 0;

	if (sscanf(line, "%15s %d", name, &n) < 1)
		return;
	for (int i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0) {
			/* stack: calls help, ps, top, mem, spin, leave */
			commands[i].run(n);
			return;
		}
	printf("%s is no command: help lists them\n", name);
}

int main(void)
{
	char line[80];

	for (printf("> "); fgets(line, sizeof(line), stdin); printf("> ")) {
		now = go_stats_read();
		run(line);
		for (; seconds; seconds--) {
			before = now;
			go_sleep(sec(1));
			now = go_stats_read();
			show_cores();
		}
	}
	printf("\n");
}

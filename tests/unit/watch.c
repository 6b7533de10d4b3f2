// test: sanitize=,address cflags="-iquote tests/unit/host -ffunction-sections -Wl,--gc-sections" sources="kernel/base/clock.c"
/* The stuck-core watch, with a clock that is only a number. Core 0 watches three others, of which each
 * takes its alarm every slice while the machine runs. Whoever really is stuck is reported after a second
 * of the watcher's own time, and nobody is because the whole machine stood still or is slow. */
#include <setjmp.h>
#include <stdarg.h>
#include "base/clock.h"
#include "sched/above.h"
#include "sched/core.h"
#include "base/panic.h"
#include "sched/sched.h"
#include "unit.h"
#include "report/watch.c" /* a new machine begins with a new watch */

enum { CORES = 4, SLICE = 10000000 };
#define SECOND 1000000000ull

struct core cores[CONFIG_CORES];
unsigned core_count = CORES;
static struct g g[CORES];
static uint64_t now;
static jmp_buf panicked;
static char sentence[200];

void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	longjmp(panicked, 1);
}

static void begin(void)
{
	now = 5 * SECOND;
	memset(watchers, 0, sizeof(watchers));
	for (unsigned i = 0; i < CORES; i++) {
		cores[i] = (struct core){.index = i, .slice = SLICE, .g = &g[i]};
		cores[i].alarm = now + SLICE + i;
		g[i].id = 100 + i;
	}
	watch_from(&cores[0], now, SLICE);
}

/* All but `stuck` take the alarms that have rung. */
static void take_alarms(unsigned stuck)
{
	for (unsigned i = 0; i < CORES; i++)
		if (i != stuck && cores[i].alarm <= now)
			cores[i].alarm = now + SLICE + i;
}

enum { NOBODY = CORES };

/* So many slices of which each takes as long as `takes`, and every `pause`th begins with a stop of the
 * machine by which the watcher is the first that goes on. */
static void busy(unsigned slices, uint64_t takes, unsigned every, uint64_t pause, unsigned stuck)
{
	for (unsigned i = 1; i <= slices; i++) {
		now += takes + (every && i % every == 0 ? pause : 0);
		watch(&cores[0], now);
		take_alarms(stuck);
	}
}

static void doze(unsigned seconds, uint64_t late, unsigned stuck)
{
	for (unsigned i = 0; i < seconds; i++) {
		watch_from(&cores[0], now, SECOND);
		now += SECOND + late;
		watch(&cores[0], now);
		take_alarms(stuck);
	}
}

/* Ticks until core 2, which is stuck, is reported. */
static uint64_t reported(void (*how)(void))
{
	uint64_t start = now;

	sentence[0] = 0;
	if (setjmp(panicked) == 0)
		how();
	must(!strncmp(sentence, "core 2 has not taken its alarm for ", 35));
	must(strstr(sentence, "goroutine 102 on it masks"));
	return now - start;
}

static void stuck_while_busy(void)
{
	busy(1000, SLICE, 0, 0, 2);
}

static void stuck_while_slow(void)
{
	busy(1000, 4 * SLICE, 0, 0, 2);
}

static void stuck_while_idle(void)
{
	doze(10, 0, 2);
}

static void stuck_and_paused(void)
{
	busy(1000, SLICE, 7, SECOND * 5 / 2, 2);
}

int main(int argc, char **argv)
{
	unit_begin(argc, argv);
	clock_init(SECOND, 0);
	if (setjmp(panicked)) {
		printf("reported: %s\n", sentence);
		return 1;
	}
	for (unsigned every = 1; every < 20; every++) { /* the machine stands still */
		begin();
		busy(500, SLICE, every, SECOND * 5 / 2, NOBODY);
		busy(500, SLICE, every, 3600 * SECOND, NOBODY);
		doze(50, 3600 * SECOND, NOBODY);
	}
	begin();
	busy(2000, 50 * SLICE, 0, 0, NOBODY); /* or is slow */
	begin();
	must(reported(stuck_while_busy) < SECOND * 5 / 4);
	begin();
	must(reported(stuck_while_slow) > SECOND * 3);
	begin();
	must(reported(stuck_while_idle) <= 6 * SECOND);
	begin();
	must(reported(stuck_and_paused) > 0);
	return 0;
}

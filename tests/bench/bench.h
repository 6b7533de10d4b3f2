/* What every benchmark begins and ends with. Under ICOUNT=0 an instruction takes one virtual
 * nanosecond, so go_now counts instructions. Goroutines run on core 0 alone, whatever CORES is.
 * What is printed goes to tools/bench. */
#ifndef SKEIN_BENCH_H
#define SKEIN_BENCH_H
#include <stdlib.h>
#include "../kernel/room.h"
#include "skein.h"

/* A section that is measured begins and ends with a store to one of these: tests/cost.c. They are
 * not 0, or clearing them at boot would be such a store too. */
static volatile struct {
	uint32_t begin, end;
} __attribute__((aligned(64))) bench_gate = {1, 1};

static inline go_time begin(void)
{
	bench_gate.begin = 1;
	return go_now();
}

/* Prints value with one decimal place; tenths of it are given. */
static inline void report_tenths(const char *operation, go_time tenths)
{
	kprintf("%s\t%lld.%lld\n", operation, (long long)tenths / 10, (long long)tenths % 10);
}

/* n operations have run since start, which is begin()'s. */
static inline void report(const char *operation, go_time start, long n)
{
	go_time took = go_now() - start, tenths;

	bench_gate.end = 1;
	tenths = (took * 10 + n / 2) / n;
	kprintf("%s\t%lld.%lld\t%ld\n", operation, (long long)tenths / 10, (long long)tenths % 10,
	        n);
}

/* A benchmark that computes nonsense fails. */
static inline void must(bool right, const char *operation)
{
	if (right)
		return;
	kprintf("%s: a wrong result\n", operation);
	exit(1);
}
#endif

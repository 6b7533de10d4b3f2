/* What every benchmark begins and ends with. Under ICOUNT=0 an instruction takes one virtual
 * nanosecond, so go_now counts instructions. Goroutines run on core 0 alone, whatever CORES is.
 * What is printed goes to tools/bench. */
#ifndef SKEIN_BENCH_H
#define SKEIN_BENCH_H
#include <stdlib.h>
#include "../kernel/room.h"
#include "skein.h"

/* Prints value with one decimal place; tenths of it are given. */
static inline void report_tenths(const char *operation, go_time tenths)
{
	kprintf("%s\t%lld.%lld\n", operation, (long long)tenths / 10, (long long)tenths % 10);
}

/* n operations have run since start. */
static inline void report(const char *operation, go_time start, long n)
{
	report_tenths(operation, ((go_now() - start) * 10 + n / 2) / n);
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

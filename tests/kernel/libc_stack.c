/* Each entry point of newlib that runs on a borrowed stack, and the deepest of those that do not,
 * leaves a goroutine of
 * 2 KB room for its own: each is called alone on a larger painted stack, to see how much it
 *   takes, and then on 2 KB. */
// test: cores=1,4
#define _GNU_SOURCE
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include "base/config.h"
#include "sched/g.h"
#include "sched/stack.h"
#include "test.h"

/* what must be left of a stack for the program's frames and for kernel paths not taken here */
enum { OWN = 512 };

static FILE *numbers, *sink; /* in memory: scanned, printed to */
static char hay[1001], needle[301];
static struct tm noon = {.tm_year = 99, .tm_mon = 11, .tm_mday = 31, .tm_hour = 12};

static FILE *again(void)
{
	rewind(numbers);
	return numbers;
}

/* The v functions, which a program reaches with a va_list of its own. */
static void v(int n, ...)
{
	const char *format = "%d";
	va_list args;

	va_start(args, n);
	switch (n) {
	case 0:
		check(vfprintf(sink, format, args) == 2);
		break;
	case 1:
		check(vfiprintf(sink, format, args) == 2);
		break;
	case 2:
		check(vfwprintf(sink, L"%d", args) == 2);
		break;
	case 3:
		check(vfscanf(again(), format, args) == 1);
		break;
	case 4:
		check(vfiscanf(again(), format, args) == 1);
		break;
	case 5:
		check(vfwscanf(again(), L"%d", args) == 1);
		break;
	case 6:
		check(vdprintf(1, "%d\n", args) == 3);
		break;
	case 7:
		check(vdiprintf(1, "%d\n", args) == 3);
		break;
	case 8:
		check(vscanf(format, args) == EOF);
		break;
	case 9:
		check(viscanf(format, args) == EOF);
		break;
	case 10:
		check(vwscanf(L"%d", args) == EOF);
		break;
	}
	va_end(args);
}

static void printing(void)
{
	char text[40];

	v(0, 42);
	v(1, 42);
	check(fprintf(sink, "%.9e %s", 1 / 3.0, "word") == 20);
	check(fiprintf(sink, "%d", 7) == 1);
	check(snprintf(text, sizeof(text), "%.20Lg", 0.1L) > 20);
	check(sniprintf(text, sizeof(text), "%x", 255) == 2);
	rewind(sink);
}

static void wide_printing(void)
{
	wchar_t text[20];

	v(2, 42);
	check(fwprintf(sink, L"%ls %f", L"wide", 0.5) == 13);
	check(swprintf(text, 20, L"%d %.2f", 7, 0.25) == 6);
	check(fputws(L"wide", sink) == 0);
	check(fputws_unlocked(L"wide", sink) == 0);
	check(fputws(L"\n", stdout) == 0);
	rewind(sink);
}

static void descriptors(void)
{
	v(6, 42);
	v(7, 42);
	check(dprintf(1, "%.9e %s\n", 1 / 3.0, "word") == 21);
	check(diprintf(1, "%d\n", 7) == 2);
}

static void scanning(void)
{
	double d;
	int i;

	v(3, &i);
	v(4, &i);
	v(8, &i);
	v(9, &i);
	check(fscanf(again(), "%d %lf", &i, &d) == 2 && i == 42 && d == 0.125);
	check(fiscanf(again(), "%d", &i) == 1 && i == 42);
	check(sscanf("42 0.125e1", "%d %lf", &i, &d) == 2 && d == 1.25);
	check(siscanf("42", "%d", &i) == 1);
}

static void wide_scanning(void)
{
	double d;
	int i;

	v(5, &i);
	v(10, &i);
	check(fwscanf(again(), L"%d %lf", &i, &d) == 2 && i == 42 && d == 0.125);
	check(swscanf(L"42 0.125", L"%d %lf", &i, &d) == 2 && d == 0.125);
}

static void searching(void)
{
	check(strstr(hay, needle) == hay + 500 && !strstr(needle, hay));
	check(strcasestr(hay, needle) == hay + 500 && !strcasestr(needle, hay));
	check(memmem(hay, 1000, needle, 300) == hay + 500);
	check(strcasestr(hay, needle + 270) == hay + 770); /* 30 characters, 31, 32, 33 */
	check(strcasestr(hay, needle + 269) == hay + 769);
	check(strcasestr(hay, needle + 268) == hay + 768);
	check(strcasestr(hay, needle + 267) == hay + 767);
}

static void temporary(void)
{
	FILE *f = tmpfile();
	char word[8];

	if (!check(f))
		return;
	check(fputs("word", f) >= 0);
	rewind(f);
	check(fgets(word, sizeof(word), f) && !strcmp(word, "word"));
	fclose(f);
}

static void wide_times(void)
{
	wchar_t text[60];

	check(wcsftime(text, 60, L"%c %Z", &noon) > 20);
	check(wcsftime_l(text, 60, L"%x %X", &noon, LC_GLOBAL_LOCALE) == 17);
}

/* Not borrowed. */

static void times(void)
{
	time_t t = 86400;
	struct tm tm;
	char text[60];

	check(localtime_r(&t, &tm) && tm.tm_hour == 1);
	check(mktime(&tm) == t);
	check(strftime(text, sizeof(text), "%c %Z", &noon) > 20);
	check(ctime_r(&t, text) && strptime("31 Dec 1999", "%d %b %Y", &tm));
}

static void conversions(void)
{
	volatile double large = 1e22;

	check(strtof("0x1.8p1", 0) == 3);
	check(strtod("2.2250738585072011e-308", 0) > 0 && wcstod(L"0.125", 0) == 0.125);
	check(fabs(sin(large) + 0.8522008497671888) < 1e-12 && fabs(jn(3, 20)) < 1);
}

static void (*const call[])(void) = {printing,  wide_printing, descriptors, scanning, wide_scanning,
                                     searching, temporary,     wide_times,  times,    conversions};
static const char *const name[] = {"printing",      "wide printing", "descriptors", "scanning",
                                   "wide scanning", "searching",     "temporary",   "wide times",
                                   "times",         "conversions"};
enum { CALLS = sizeof(call) / sizeof(call[0]) };

static struct waitgroup done;

/* Paints what the goroutine does not use yet, calls, and looks how deep that went. */
static void measured(unsigned i, unsigned limit)
{
	struct g *g = arch_self();
	uintptr_t here = (uintptr_t)__builtin_frame_address(0), end = g->stack + g->top->stack_size;
	uintptr_t *low = (uintptr_t *)g->stack + 1; /* above the canary */
	unsigned used;

	for (uintptr_t *p = low; p < (uintptr_t *)((here - 256) & ~63ul); p++)
		*p = STACK_PAINT;
	call[i]();
	while (*low == STACK_PAINT)
		low++;
	used = end - (uintptr_t)low;
	kprintf("%s: %u bytes, %u before\n", name[i], used, (unsigned)(end - here));
	check(g_intact(g));
	check(used <= limit);
	wg_done(&done);
}

int main(void)
{
	static char digits[] = "42 0.125", space[200];

	for (unsigned i = 0, x = 1; i < 1000; i++, x = x * 1664525 + 1013904223)
		hay[i] = 'a' + (x >> 16) % 26;
	hay[500] = '*';
	memcpy(needle, hay + 500, 300);
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	numbers = fmemopen(digits, sizeof(digits) - 1, "r");
	sink = fmemopen(space, sizeof(space), "w");
	check(numbers && sink);
	for (unsigned i = 0; i < 2 * CALLS; i++) {
		wg_add(&done, 1);
		if (i < CALLS) /* a larger one, so that it is reported rather than overflows */
			go_with(go_attr(.stack = 8192), measured, i, CONFIG_STACK - OWN);
		else
			go(measured, i - CALLS, CONFIG_STACK - OWN);
		wg_wait(&done);
	}
	while (go_count() != 1) /* the canary is looked at when they end */
		go_yield();
	return test_done();
}

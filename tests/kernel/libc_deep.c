/* What newlib does deep inside fits a goroutine of 2 KB: formatted output and input, also wide,
 * numbers, times, sorting; each of many at once, and alone to see how much stack it took. */
// test: cores=1,4
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include "sched/g.h"
#include "memory/mem.h"
#include "test.h"

enum { MOST = 50 };
static struct waitgroup done;

static void print(void)
{
	char text[80];

	snprintf(text, sizeof(text), "%.17g %Lf %s %5d %-5x| %lld %zu", 1 / 3.0, 2.5L, "word", -42,
	         255, 1ll << 40, sizeof(text));
	check(!strcmp(text, "0.33333333333333331 2.500000 word   -42 ff   | 1099511627776 80"));
	sprintf(text, "%.1e", 1e300);
	check(!strcmp(text, "1.0e+300"));
}

static void scan(void)
{
	double d;
	int i;
	char word[16];

	check(sscanf("42 0.125 word tail", "%d %lf %15s", &i, &d, word) == 3);
	check(i == 42 && d == 0.125 && !strcmp(word, "word"));
	check(sscanf("1e", "%d%n", &i, &i) == 1);
}

static void wide(void)
{
	wchar_t text[40];
	int i;

	check(swprintf(text, 40, L"%d %ls %.2f", 7, L"wide", 0.25) == 11);
	check(!wcscmp(text, L"7 wide 0.25"));
	check(swscanf(text, L"%d", &i) == 1 && i == 7);
}

static void numbers(void)
{
	check(strtod("123456789012345678901234567890e-29", 0) > 1.234567);
	check(strtod("0x1.8p1", 0) == 3);
	check(strtod("2.2250738585072011e-308", 0) > 0);
	check(atof("-0.5") == -0.5 && strtol("-12ab", 0, 10) == -12 &&
	      strtoull("ff", 0, 16) == 255);
	check(strtof("3.25", 0) == 3.25f);
}

/* Where a long double is a double, that one's limits. */
#if __LDBL_MANT_DIG__ == __DBL_MANT_DIG__
#define GREAT 1e300
#define TINY 1e-300
#define LARGEST "1.7976931348623157e308"
#define SMALLEST "4.9e-324"
#else
#define GREAT 1e4000
#define TINY 1e-4940
#define LARGEST "1.18973149535723176508575932662800702e4932"
#define SMALLEST "6.5e-4966"
#endif
#define LONG_(x) x##L
#define LONG(x) LONG_(x)
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

static void long_doubles(void)
{
	const char *text = "-12.5tail";
	long double v = 0;
	char *end;

	check(strtold("1.5", 0) == 1.5L && strtold("0.1", 0) == 0.1L && strtold("0x1.8p1", 0) == 3);
	check(strtold(text, &end) == -12.5L && end == text + 5);
	check(strtold("3.14159265358979323846264338327950288419716939937511", 0) ==
	      0x1.921fb54442d18469898cc51701b8p1L);
	check(strtold(TEXT(GREAT), 0) == LONG(GREAT) && strtold(LARGEST, 0) == __LDBL_MAX__);
	check(strtold("-" TEXT(TINY), 0) == -LONG(TINY) &&
	      strtold(SMALLEST, 0) == __LDBL_DENORM_MIN__);
	check(strtold("0", 0) == 0 && signbit(strtold("-0", 0)) && strtold("none", 0) == 0);
	errno = 0;
	check(strtold("1e5000", 0) == __builtin_infl() && errno == ERANGE);
	check(strtold("-inf", 0) == -__builtin_infl() && isnan(strtold("nan", 0)));
	check(sscanf("0.25 2", "%Lf", &v) == 1 && v == 0.25L); /* in the precision of a double */
	check(wcstold(L"0.3", 0) == 0.3L);
}

static void angles(void)
{
	volatile double large = 1e22;

	check(fabs(sin(large) + 0.8522008497671888) < 1e-12);
	check(fabs(pow(large, 0.5) - 1e11) < 1);
}

static void times(void)
{
	time_t t = 86400 * 365;
	struct tm tm;
	char text[64];

	gmtime_r(&t, &tm);
	check(strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %a %j", &tm) &&
	      !strcmp(text, "1971-01-01 00:00:00 Fri 001"));
	check(mktime(&tm) == t);
	check(!strncmp(asctime_r(&tm, text), "Fri Jan  1", 10));
}

static int ascending(const void *a, const void *b)
{
	return (*(int *)a > *(int *)b) - (*(int *)a < *(int *)b);
}

static void sort(void)
{
	enum { N = 2000 };
	int *a = malloc(N * sizeof(*a));
	bool good = true;

	for (unsigned i = 0; i < N; i++)
		a[i] = i * 7919u % N;
	qsort(a, N, sizeof(*a), ascending);
	for (int i = 0; i < N; i++)
		good &= a[i] == i && bsearch(&i, a, N, sizeof(*a), ascending) == &a[i];
	check(good);
	free(a);
}

static void streams(void)
{
	FILE *f = fopen("/nowhere/to/be/found", "r");

	check(!f);
	check(fprintf(stdout, "%s", "") == 0);
	check(fputs("", stdout) >= 0);
}

static void (*const deep[])(void) = {print,  scan,  wide, numbers, long_doubles,
                                     angles, times, sort, streams};
static const char *const name[] = {"print",  "scan",  "wide", "numbers", "long doubles",
                                   "angles", "times", "sort", "streams"};
enum { DEEP = sizeof(deep) / sizeof(deep[0]) };

static void all(void)
{
	for (unsigned i = 0; i < DEEP; i++)
		deep[i]();
	wg_done(&done);
}

static void one(unsigned i)
{
	deep[i]();
	kprintf("%s %u of %u bytes\n", name[i], g_high_water(arch_self()),
	        (unsigned)arch_self()->top->stack_size);
	check(g_intact(arch_self()));
	wg_done(&done);
}

int main(void)
{
	unsigned many;

	for (unsigned i = 0; i < DEEP; i++) {
		wg_add(&done, 1);
		go_with(go_attr(.stack = 8192), one,
		        i); /* a larger one, so that it is reported rather than overflows */
		wg_wait(&done);
	}
	many = mem_free_bytes() / (8 * CONFIG_STACK); /* sort takes four times as much */
	many = many < MOST ? many : MOST;
	wg_add(&done, many);
	for (unsigned i = 0; i < many; i++)
		go(all);
	wg_wait(&done);
	while (go_count() != 1) /* the canary is looked at when they end */
		go_yield();
	return test_done();
}

/* What lib/libc adds to newlib does what C11 and POSIX say, on goroutines of 2 KB: aligned blocks,
 * clocks, sleeps, yielding, the locks of streams, lines of any length, and integers from text. And
 * what README says of newlib's numbers is so. */
// test: cores=1,4
#define _GNU_SOURCE
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include "sched/g.h"
#include "test.h"

int sched_yield(void); /* <sched.h> would be the kernel's here */

static void blocks(void)
{
	void *p = &p;

	for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
		char *a = aligned_alloc(alignment, 100), *b = aligned_alloc(alignment, alignment);

		check(a && b && (uintptr_t)a % alignment == 0 && (uintptr_t)b % alignment == 0);
		memset(a, 1, 100);
		free(b);
		free(a);
		if (alignment < sizeof(void *))
			continue;
		check(posix_memalign(&p, alignment, 100) == 0 && (uintptr_t)p % alignment == 0);
		p = realloc(p, 5000);
		check(p);
		free(p);
	}
	errno = 0;
	check(!aligned_alloc(24, 24) && errno == EINVAL && !aligned_alloc(0, 8));
	p = &p;
	errno = 0;
	check(posix_memalign(&p, 3, 8) == EINVAL && posix_memalign(&p, 1, 8) == EINVAL);
	check(posix_memalign(&p, 16, SIZE_MAX / 2) == ENOMEM && p == &p);
}

static go_time of(const struct timespec *t)
{
	return sec(t->tv_sec) + t->tv_nsec;
}

static void clocks(void)
{
	struct timespec t, step;
	struct timeval tv;
	go_time before = go_now();
	time_t seconds;

	check(clock_gettime(CLOCK_MONOTONIC, &t) == 0 && of(&t) >= before && of(&t) <= go_now());
	check(t.tv_nsec >= 0 && t.tv_nsec < sec(1));
	check(clock_gettime(CLOCK_REALTIME, &t) == 0 && of(&t) >= before && of(&t) <= go_now());
	check(timespec_get(&t, TIME_UTC) == TIME_UTC && of(&t) >= before && of(&t) <= go_now());
	check(timespec_get(&t, TIME_UTC + 1) == 0);
	check(gettimeofday(&tv, NULL) == 0 && sec(tv.tv_sec) + us(tv.tv_usec) <= go_now());
	check(sec(tv.tv_sec) + us(tv.tv_usec) > before - us(1));
	check(time(&seconds) == seconds && seconds >= tv.tv_sec && sec(seconds) <= go_now());
	check((go_time)clock() <= go_now() / (sec(1) / CLOCKS_PER_SEC));
	check(clock_getres(CLOCK_MONOTONIC, &step) == 0 && of(&step) > 0 && of(&step) <= ms(1));
	check(clock_getres(CLOCK_REALTIME, NULL) == 0);
	errno = 0;
	check(clock_gettime(99, &t) == -1 && errno == EINVAL);
	errno = 0;
	check(clock_getres(99, &t) == -1 && errno == EINVAL);
}

/* A time that is over: no sleep. On a slow host it may take long, but not each time. */
static bool over_at_once(void)
{
	go_sleep(ms(100));
	for (int i = 0; i < 5; i++) {
		go_time before = go_now(), over = before - ms(50);
		struct timespec t = {.tv_sec = over / sec(1), .tv_nsec = over % sec(1)};

		check(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL) == 0);
		if (go_now() - before < ms(40))
			return true;
	}
	return false;
}

static void sleeps(void)
{
	struct timespec t = {.tv_nsec = 2000000};
	go_time before = go_now();

	check(nanosleep(&t, NULL) == 0 && go_now() - before >= ms(2));
	before = go_now();
	check(usleep(3000) == 0 && go_now() - before >= ms(3));
	clock_gettime(CLOCK_MONOTONIC, &t);
	before = of(&t);
	t.tv_nsec += 5000000;
	if (t.tv_nsec >= sec(1))
		t.tv_sec++, t.tv_nsec -= sec(1);
	check(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == 0);
	check(go_now() - before >= ms(5));
	check(over_at_once());
	check(sleep(0) == 0);
	errno = 0;
	check(clock_nanosleep(99, 0, &t, NULL) == EINVAL && errno == 0);
	t.tv_nsec = 1000000000;
	check(nanosleep(&t, NULL) == -1 && errno == EINVAL);
	t = (struct timespec){.tv_sec = -1};
	errno = 0;
	check(nanosleep(&t, NULL) == -1 && errno == EINVAL);
}

static void no_processor(void)
{
	check(system(NULL) == 0);
	errno = 0;
	check(system("ls") == -1 && errno == ENOSYS);
}

static FILE *shared;

static void tries(struct waitgroup *wg)
{
	check(ftrylockfile(shared) != 0);
	wg_done(wg);
}

static void locks(void)
{
	struct waitgroup wg = {0};

	check(ftrylockfile(stderr) == 0);
	funlockfile(stderr);
	shared = tmpfile();
	if (!check(shared))
		return;
	flockfile(shared);
	check(ftrylockfile(shared) == 0); /* as often as one likes */
	funlockfile(shared);
	wg_add(&wg, 1);
	go(tries, &wg);
	wg_wait(&wg);
	funlockfile(shared);
	fclose(shared);
}

static void lines(void)
{
	static char text[] = "one\nthree hundred and more characters would not fit:two\nend";
	FILE *f = fmemopen(text, sizeof(text) - 1, "r");
	char *line = NULL;
	size_t size = 0;

	check(getline(&line, &size, f) == 4 && !strcmp(line, "one\n"));
	check(getdelim(&line, &size, ':', f) == 48 && size > 48);
	check(getline(&line, &size, f) == 4 && !strcmp(line, "two\n"));
	check(getline(&line, &size, f) == 3 && !strcmp(line, "end"));
	check(getline(&line, &size, f) == -1);
	free(line);
	fclose(f);
}

/* name(text, &end, base): the value, how much of text is the number, errno. */
#define is(name, text, base, value, length, error)                    \
	do {                                                          \
		__typeof__(&(text)[0]) start_ = (text);               \
		__typeof__(*start_) *end_ = NULL;                     \
		errno = 0;                                            \
		check(name(start_, (void *)&end_, base) == (value));  \
		check(end_ - start_ == (length) && errno == (error)); \
	} while (0)
/* The same by all that read a text, with the bounds of signed and unsigned ones. */
#define all_are(text, base, value, length, error)                                        \
	do {                                                                             \
		is(strtol, text, base, (long)(value), length, error);                    \
		is(strtoul, text, base, (unsigned long)(value), length, error);          \
		is(strtoll, text, base, value, length, error);                           \
		is(strtoull, text, base, (unsigned long long)(value), length, error);    \
		is(strtoimax, text, base, value, length, error);                         \
		is(strtoumax, text, base, (uintmax_t)(value), length, error);            \
		is(wcstol, L##text, base, (long)(value), length, error);                 \
		is(wcstoul, L##text, base, (unsigned long)(value), length, error);       \
		is(wcstoll, L##text, base, value, length, error);                        \
		is(wcstoull, L##text, base, (unsigned long long)(value), length, error); \
		is(wcstoimax, L##text, base, value, length, error);                      \
		is(wcstoumax, L##text, base, (uintmax_t)(value), length, error);         \
	} while (0)

static void bare_0x(void)
{
	all_are("0x", 16, 0, 1, 0);
	all_are("0x", 0, 0, 1, 0);
	all_are("0Xg", 16, 0, 1, 0);
	all_are(" \t-0xz", 0, 0, 4, 0);
	all_are("+0x1g", 16, 1, 4, 0);
	all_are("0x", 10, 0, 1, 0);
	all_are("x", 36, 33, 1, 0);
}

static void other_integers(void)
{
	all_are("-42tail", 10, -42, 3, 0);
	all_are("077", 0, 63, 3, 0);
	all_are("08", 0, 0, 1, 0);
	all_are("zz", 36, 1295, 2, 0);
	all_are("5", 1, 0, 0, EINVAL);
	all_are("5", 37, 0, 0, EINVAL);
	all_are("5", -1, 0, 0, EINVAL);
}

static void bounds(void)
{
	is(strtol, "99999999999999999999", 10, LONG_MAX, 20, ERANGE);
	is(strtol, "-99999999999999999999", 10, LONG_MIN, 21, ERANGE);
	is(strtoul, "99999999999999999999", 10, ULONG_MAX, 20, ERANGE);
	is(strtoll, "9223372036854775808", 10, LLONG_MAX, 19, ERANGE);
	is(strtoll, "-9223372036854775808", 10, LLONG_MIN, 20, 0);
	is(strtoll, "-9223372036854775809", 10, LLONG_MIN, 20, ERANGE);
	is(strtoull, "18446744073709551615", 10, ULLONG_MAX, 20, 0);
	is(strtoull, "18446744073709551616", 10, ULLONG_MAX, 20, ERANGE);
	is(strtoimax, "0x8000000000000000", 0, INTMAX_MAX, 18, ERANGE);
	is(strtoumax, "0xffffffffffffffff", 16, UINTMAX_MAX, 18, 0);
}

static void bare_0x_is_real(void)
{
	const char *text = " -0x";
	const wchar_t *wide = L"0x.p1";
	char *end;
	wchar_t *wide_end;

	check(strtod(text, &end) == 0 && end == text + 3);
	check(strtof(text, &end) == 0 && end == text + 3);
	check(strtold(text, &end) == 0 && end == text + 3);
	check(wcstod(wide, &wide_end) == 0 && wide_end == wide + 1);
	check(wcstold(wide, &wide_end) == 0 && wide_end == wide + 1);
}

/* README: scanf takes no hexadecimal ones, a long double is printed and scanned as a double. */
static void reals(void)
{
	char text[80];
	double d = 9;
	long double l = 9;
	int n = 0;

	check(strtod("0x1.8p1", NULL) == 3 && strtold("0x1.8p1", NULL) == 3);
	check(sscanf("0x1.8p1", "%lf%n", &d, &n) == 1 && d == 0 && n == 1);
	check(sscanf("0.1", "%Lf", &l) == 1 && l == (long double)0.1);
	snprintf(text, sizeof(text), "%.30Lf", 0.1L);
	check(!strcmp(text, "0.100000000000000005551115123126"));
	snprintf(text, sizeof(text), "%a %La", 1.5, 1.5L);
	check(!strcmp(text, "0x1.8p+0 0x1.8p+0"));
#ifdef __arm__
	check(LDBL_MANT_DIG == DBL_MANT_DIG);
#else
	check(LDBL_MANT_DIG == 113);
#endif
}

static void (*const part[])(void) = {blocks,  clocks,         sleeps, no_processor,    locks, lines,
                                     bare_0x, other_integers, bounds, bare_0x_is_real, reals};
static struct waitgroup done;

static void one(void (*f)(void))
{
	f();
	check(g_intact(arch_self()));
	wg_done(&done);
}

/* Fifty that sleep take no time from one that counts, nor from each other. */
static uint32_t ended; /* atomic */

static void sleeper(void)
{
	usleep(50000);
	__atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
}

static void sleep_together(void)
{
	enum { N = 50 };
	go_time before = go_now();
	unsigned turns = 0;

	for (int i = 0; i < N; i++)
		go(sleeper);
	for (; go_now() - before < ms(40); turns++)
		sched_yield();
	check(turns > 1000);
	while (__atomic_load_n(&ended, __ATOMIC_RELAXED) < N)
		usleep(1000);
	check(go_now() - before < ms(50) * N / 10);
}

static uint32_t turn; /* atomic */

static void partner(void)
{
	for (int i = 0; i < 1000; i++) {
		while (__atomic_load_n(&turn, __ATOMIC_RELAXED) % 2 == 0)
			sched_yield();
		__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED);
	}
}

static void yield_to_each_other(void)
{
	go_time before = go_now();

	go(partner);
	for (int i = 0; i < 1000; i++) {
		while (__atomic_load_n(&turn, __ATOMIC_RELAXED) % 2 == 1)
			sched_yield();
		__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED);
	}
	check(go_now() - before < sec(2)); /* by their slices it would be 20 s */
}

int main(void)
{
	for (unsigned i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		wg_add(&done, 1);
		go(one, part[i]);
		wg_wait(&done);
	}
	sleep_together();
	yield_to_each_other();
	check(getpid() > 0);
	return test_done();
}

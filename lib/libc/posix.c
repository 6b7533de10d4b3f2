/* What newlib leaves to the system: aligned blocks, clocks and sleeps, yielding, the locks of streams,
 * lines of any length.
 * A sleep parks its goroutine. Every clock counts from power-on. */
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include "board.h"
#include "libc.h"
#include "skein.h"

void __sinit(struct _reent *);
int _system_r(struct _reent *, const char *);
wint_t _jp2uc_l(wint_t, struct __locale_t *);
wint_t _uc2jp_l(wint_t, struct __locale_t *);
int sched_yield(void); /* of <sched.h>, a name that the kernel has too */

static bool power_of_two(size_t n)
{
	return n && !(n & (n - 1));
}

/* Context: goroutine; may park. */
int posix_memalign(void **block, size_t alignment, size_t size)
{
	void *p;

	if (!power_of_two(alignment) || alignment % sizeof(void *))
		return EINVAL;
	p = memalign(alignment, size);
	if (!p)
		return ENOMEM;
	*block = p;
	return 0;
}

/* Of any power of two, as C11 has it. Context: goroutine; may park. */
void *aligned_alloc(size_t alignment, size_t size)
{
	if (power_of_two(alignment))
		return memalign(alignment, size);
	errno = EINVAL;
	return 0;
}

/* The latest time that fits, for one that does not. */
static go_time time_of(const struct timespec *t)
{
	go_time time;

	if (__builtin_mul_overflow((go_time)t->tv_sec, sec(1), &time) ||
	    __builtin_add_overflow(time, (go_time)t->tv_nsec, &time))
		return GO_FOREVER - 1;
	return time;
}

static struct timespec timespec_of(go_time time)
{
	return (struct timespec){.tv_sec = time / sec(1), .tv_nsec = time % sec(1)};
}

static bool is_clock(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

static int invalid(void)
{
	errno = EINVAL;
	return -1;
}

/* Context: any. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
	if (!is_clock(clock))
		return invalid();
	*t = timespec_of(go_now());
	return 0;
}

/* Context: any. */
int clock_getres(clockid_t clock, struct timespec *t)
{
	if (!is_clock(clock))
		return invalid();
	if (t)
		*t = timespec_of((sec(1) + board.clock_hz - 1) / board.clock_hz);
	return 0;
}

/* Context: any. */
int timespec_get(struct timespec *t, int base)
{
	if (base != TIME_UTC)
		return 0;
	*t = timespec_of(go_now());
	return base;
}

/* Nothing ends a sleep early, so nothing is left of one. Returns the error, and leaves errno.
 * Context: goroutine; may park. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *t, struct timespec *left)
{
	(void)left;
	if (!is_clock(clock) || t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec >= sec(1))
		return EINVAL;
	go_sleep(flags & TIMER_ABSTIME ? time_of(t) - go_now() : time_of(t));
	return 0;
}

/* Context: goroutine; may park. */
int nanosleep(const struct timespec *t, struct timespec *left)
{
	return clock_nanosleep(CLOCK_MONOTONIC, 0, t, left) ? invalid() : 0;
}

/* Context: goroutine; may park. */
unsigned sleep(unsigned seconds)
{
	go_sleep(sec(seconds));
	return 0;
}

/* Context: goroutine; may park. */
int usleep(useconds_t n)
{
	return nanosleep(&(struct timespec){.tv_sec = n / 1000000, .tv_nsec = n % 1000000 * 1000},
	                 0);
}

/* Context: goroutine; may park. */
int sched_yield(void)
{
	go_yield();
	return 0;
}

/* There is no command processor. newlib has this too, but takes a compiler for Linux as a sign that
 * there are processes. */
int _system_r(struct _reent *r, const char *command)
{
	if (command)
		__errno_r(r) = ENOSYS;
	return command ? -1 : 0;
}

/* Context: any goroutine. */
int system(const char *command)
{
	return _system_r(_REENT, command);
}

/* newlib's towctrans asks what Japanese encodings make of a character, and is built without them.
 * Context: any. */
wint_t _jp2uc_l(wint_t c, struct __locale_t *locale)
{
	(void)locale;
	return c;
}

/* Context: any. */
wint_t _uc2jp_l(wint_t c, struct __locale_t *locale)
{
	return _jp2uc_l(c, locale);
}

/* A stream's lock is made with the streams, and newlib's own for strings is none. */
static _LOCK_T lock_of(FILE *f)
{
	struct _reent *r = _REENT;

	if (!r->__sdidinit)
		__sinit(r);
	return f->_flags & __SSTR ? 0 : f->_lock;
}

/* Context: goroutine; may park. */
void flockfile(FILE *f)
{
	_LOCK_T l = lock_of(f);

	if (l)
		__lock_acquire_recursive(l);
}

/* 0: got. Context: goroutine. */
int ftrylockfile(FILE *f)
{
	_LOCK_T l = lock_of(f);

	return l && !__lock_try_acquire_recursive(l);
}

/* Context: goroutine. */
void funlockfile(FILE *f)
{
	_LOCK_T l = lock_of(f);

	if (l)
		__lock_release_recursive(l);
}

/* Context: goroutine; may park. */
ssize_t getline(char **line, size_t *size, FILE *f)
{
	return __getline(line, size, f);
}

/* Context: goroutine; may park. */
ssize_t getdelim(char **text, size_t *size, int end, FILE *f)
{
	return __getdelim(text, size, end, f);
}

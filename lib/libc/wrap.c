/* The deep entry points of newlib, each on a borrowed stack (stacks.c). The linker's --wrap (libc.mk) leads every call from
 * another object here. A call on a stream takes the stream's lock first.
 *
 * __wrap_name packs its arguments, borrows, and calls __real_name there. Entry points in one object with what they call are
 * wrapped themselves. Those left out stay below 1 KB, kernel paths aside: strtod, sin of a large angle, mktime, qsort (300
 * bytes more for each 256 times as many elements). Three do not and are rare: fputws, tmpfile, and strstr, strcasestr and
 * memmem of more than 254 characters, which need over 2 KB. */
#include <reent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include "arch.h"
#include "g.h"
#include "libc.h"
#include "panic.h"
#include "skein.h"

void __sinit(struct _reent *);

/* fn(arg) with the stream locked. */
static void borrow_locked(struct _reent *r, FILE *f, void (*fn)(void *), void *arg)
{
	libc_check_context();
	if (!r->__sdidinit)
		__sinit(r); /* a stream's lock is made with the streams */
	_flockfile(f);
	libc_borrow(fn, arg);
	_funlockfile(f);
}

/* newlib's FILE of a string is the caller's own and has no lock. */
static void borrow_unlocked(struct _reent *r, FILE *f, void (*fn)(void *), void *arg)
{
	(void)r, (void)f;
	libc_borrow(fn, arg);
}

/* int name(struct _reent *, FILE *, const character *format, va_list), run by borrow(r, f, fn, arg). */
#define WRAP(name, character, borrow)                                                       \
	int __real_##name(struct _reent *, FILE *, const character *, va_list);             \
	struct name##_call {                                                                \
		struct _reent *r;                                                           \
		FILE *f;                                                                    \
		const character *format;                                                    \
		va_list args;                                                               \
		int result;                                                                 \
	};                                                                                  \
	static void name##_run(void *arg)                                                   \
	{                                                                                   \
		struct name##_call *c = arg;                                                \
                                                                                            \
		c->result = __real_##name(c->r, c->f, c->format, c->args);                  \
	}                                                                                   \
	int __wrap_##name(struct _reent *r, FILE *f, const character *format, va_list args) \
	{                                                                                   \
		struct name##_call c = {.r = r, .f = f, .format = format};                  \
                                                                                            \
		va_copy(c.args, args);                                                      \
		borrow(r, f, name##_run, &c);                                               \
		va_end(c.args);                                                             \
		return c.result;                                                            \
	}

/* Of a stream, also the form without the reent, which stands in the same object as name, where --wrap does not reach. */
#define WRAP_STREAM(plain, name, character)                                \
	WRAP(name, character, borrow_locked)                               \
	int __wrap_##plain(FILE *f, const character *format, va_list args) \
	{                                                                  \
		return __wrap_##name(_REENT, f, format, args);             \
	}

WRAP_STREAM(vfprintf, _vfprintf_r, char)
WRAP_STREAM(vfiprintf, _vfiprintf_r, char)
WRAP_STREAM(vfscanf, _vfscanf_r, char)
WRAP_STREAM(vfiscanf, _vfiscanf_r, char)
WRAP_STREAM(vfwprintf, _vfwprintf_r, wchar_t)
WRAP_STREAM(vfwscanf, _vfwscanf_r, wchar_t)
WRAP(__svfscanf_r, char, borrow_locked)
WRAP(__svfiscanf_r, char, borrow_locked)
WRAP(_svfprintf_r, char, borrow_unlocked)
WRAP(_svfiprintf_r, char, borrow_unlocked)
WRAP(__ssvfscanf_r, char, borrow_unlocked)
WRAP(__ssvfiscanf_r, char, borrow_unlocked)
WRAP(_svfwprintf_r, wchar_t, borrow_unlocked)
WRAP(__ssvfwscanf_r, wchar_t, borrow_unlocked)

_Noreturn void __real_exit(int);

static void exit_run(void *arg)
{
	__real_exit(*(int *)arg);
}

_Noreturn void __wrap_exit(int status)
{
	libc_borrow(exit_run, &status);
	__builtin_unreachable();
}

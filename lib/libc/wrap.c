/* The deep entry points of newlib, each on a borrowed stack (stacks.c). The linker's --wrap
 * (libc.mk) leads every call from another object here. A call on a stream takes the stream's lock
 * first.
 *
 * __wrap_name packs its arguments, borrows, and calls __real_name there. Entry points in one object
 * with what they call are wrapped themselves. Those left out stay below 1.6 KB, with the kernel
 * paths that they reach: strtold, localtime, mktime, getopt, sin of a large angle, qsort (300 bytes
 * more for each 256 times as many elements). The dbm_ family does not: it needs 3 KB. */
#include <reent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include "arch.h"
#include "sched/g.h"
#include "libc.h"
#include "base/panic.h"
#include "skein.h"

void __sinit(struct _reent *);

/* fn(arg) with the stream locked. */
static void borrow_locked(struct _reent *r, FILE *f, void (*fn)(void *), void *arg)
{
	libc_check_context();
	if (!r->__sdidinit)
		__sinit(r); /* r's part in stdio: the streams are there (reent.c) */
	_flockfile(f);
	libc_borrow(fn, arg);
	_funlockfile(f);
}

/* For newlib's FILE of a string, which is the caller's own and has no lock, and for a file
 * descriptor. */
#define borrow_unlocked(r, f, fn, arg) libc_borrow(fn, arg)

/* int name(struct _reent *, stream f, const character *format, va_list), run by borrow(r, f, fn,
 * arg). */
#define WRAP(name, stream, character, borrow)                                                \
	int __real_##name(struct _reent *, stream, const character *, va_list);              \
	struct name##_call {                                                                 \
		struct _reent *r;                                                            \
		stream f;                                                                    \
		const character *format;                                                     \
		va_list args;                                                                \
		int result;                                                                  \
	};                                                                                   \
	static void name##_run(void *arg)                                                    \
	{                                                                                    \
		struct name##_call *c = arg;                                                 \
                                                                                             \
		c->result = __real_##name(c->r, c->f, c->format, c->args);                   \
	}                                                                                    \
	int __wrap_##name(struct _reent *r, stream f, const character *format, va_list args) \
	{                                                                                    \
		struct name##_call c = {.r = r, .f = f, .format = format};                   \
                                                                                             \
		va_copy(c.args, args);                                                       \
		borrow(r, f, name##_run, &c);                                                \
		va_end(c.args);                                                              \
		return c.result;                                                             \
	}

/* Also the form without the reent, which stands in the same object as name, where --wrap does
 * not reach. */
#define WRAP_BOTH(plain, name, stream, character, borrow)                   \
	WRAP(name, stream, character, borrow)                               \
	int __wrap_##plain(stream f, const character *format, va_list args) \
	{                                                                   \
		return __wrap_##name(_REENT, f, format, args);              \
	}

WRAP_BOTH(vfprintf, _vfprintf_r, FILE *, char, borrow_locked)
WRAP_BOTH(vfiprintf, _vfiprintf_r, FILE *, char, borrow_locked)
WRAP_BOTH(vfscanf, _vfscanf_r, FILE *, char, borrow_locked)
WRAP_BOTH(vfiscanf, _vfiscanf_r, FILE *, char, borrow_locked)
WRAP_BOTH(vfwprintf, _vfwprintf_r, FILE *, wchar_t, borrow_locked)
WRAP_BOTH(vfwscanf, _vfwscanf_r, FILE *, wchar_t, borrow_locked)
WRAP_BOTH(vdprintf, _vdprintf_r, int, char, borrow_unlocked)
WRAP_BOTH(vdiprintf, _vdiprintf_r, int, char, borrow_unlocked)
WRAP(__svfscanf_r, FILE *, char, borrow_locked)
WRAP(__svfiscanf_r, FILE *, char, borrow_locked)
WRAP(__svfwscanf_r, FILE *, wchar_t, borrow_locked)
WRAP(_svfprintf_r, FILE *, char, borrow_unlocked)
WRAP(_svfiprintf_r, FILE *, char, borrow_unlocked)
WRAP(__ssvfscanf_r, FILE *, char, borrow_unlocked)
WRAP(__ssvfiscanf_r, FILE *, char, borrow_unlocked)
WRAP(_svfwprintf_r, FILE *, wchar_t, borrow_unlocked)
WRAP(__ssvfwscanf_r, FILE *, wchar_t, borrow_unlocked)

/* The rest take up to five words and return one, and are called as if they took five. */
typedef uintptr_t words_to_word(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);

words_to_word __real__fputws_r, __real__fputws_unlocked_r, __real_strstr, __real_strcasestr,
    __real_memmem, __real__tmpfile_r, __real_wcsftime, __real_wcsftime_l;

struct call {
	words_to_word *f;
	uintptr_t arg[5];
	uintptr_t result;
};
#define CALL(f, ...) ((struct call){f, {__VA_ARGS__}, 0})
#define WORD(x) ((uintptr_t)(x))

static void run(void *arg)
{
	struct call *c = arg;

	c->result = c->f(c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4]);
}

int __wrap__fputws_r(struct _reent *r, const wchar_t *text, FILE *f)
{
	struct call c = CALL(__real__fputws_r, WORD(r), WORD(text), WORD(f));

	borrow_locked(r, f, run, &c);
	return c.result;
}

int __wrap_fputws(const wchar_t *text, FILE *f)
{
	return __wrap__fputws_r(_REENT, text, f);
}

int __wrap__fputws_unlocked_r(struct _reent *r, const wchar_t *text, FILE *f)
{
	struct call c = CALL(__real__fputws_unlocked_r, WORD(r), WORD(text), WORD(f));

	libc_borrow(run, &c);
	return c.result;
}

int __wrap_fputws_unlocked(const wchar_t *text, FILE *f)
{
	return __wrap__fputws_unlocked_r(_REENT, text, f);
}

/* strcasestr needs 2 KB for 32 characters and more, strstr and memmem for 255. Below, handlers
 * may search too. */
static void *search(struct call c, size_t length)
{
	if (length < 32)
		run(&c);
	else
		libc_borrow(run, &c);
	return (void *)c.result;
}

char *__wrap_strstr(const char *text, const char *word)
{
	return search(CALL(__real_strstr, WORD(text), WORD(word)), strlen(word));
}

char *__wrap_strcasestr(const char *text, const char *word)
{
	return search(CALL(__real_strcasestr, WORD(text), WORD(word)), strlen(word));
}

void *__wrap_memmem(const void *text, size_t n, const void *word, size_t length)
{
	return search(CALL(__real_memmem, WORD(text), n, WORD(word), length), length);
}

/* For what waits for locks of newlib whose owners may wait for a stack: one at a time, so that
 * it holds one at most. */
static uintptr_t borrow_alone(struct call c)
{
	static struct mutex alone;

	libc_check_context();
	mutex_lock(&alone);
	libc_borrow(run, &c);
	mutex_unlock(&alone);
	return c.result;
}

FILE *__wrap__tmpfile_r(struct _reent *r)
{
	return (FILE *)borrow_alone(CALL(__real__tmpfile_r, WORD(r)));
}

FILE *__wrap_tmpfile(void)
{
	return __wrap__tmpfile_r(_REENT);
}

size_t __wrap_wcsftime(wchar_t *to, size_t n, const wchar_t *format, const struct tm *tm)
{
	return borrow_alone(CALL(__real_wcsftime, WORD(to), n, WORD(format), WORD(tm)));
}

size_t __wrap_wcsftime_l(wchar_t *to, size_t n, const wchar_t *format, const struct tm *tm,
                         locale_t locale)
{
	return borrow_alone(
	    CALL(__real_wcsftime_l, WORD(to), n, WORD(format), WORD(tm), WORD(locale)));
}

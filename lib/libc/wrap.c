/* The deep entry points of newlib, each on a borrowed stack (stacks.c). The linker's --wrap (libc.mk) leads every call from
 * another object here. A call on a stream takes the stream's lock first.
 *
 * WRAP(type, name, (parameters), (arguments)) makes __wrap_name, which packs its arguments, borrows, and calls
 * __real_name there. */
#include <locale.h>
#include <reent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
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

#define WRAP_STREAM_PRINT(name)                                                                    \
	int __real_##name(struct _reent *, FILE *, const char *, va_list);                         \
	struct name##_call {                                                                       \
		struct _reent *r;                                                                  \
		FILE *f;                                                                           \
		const char *format;                                                                \
		va_list args;                                                                      \
		int result;                                                                        \
	};                                                                                         \
	static void name##_run(void *arg)                                                          \
	{                                                                                          \
		struct name##_call *c = arg;                                                       \
                                                                                                   \
		c->result = __real_##name(c->r, c->f, c->format, c->args);                         \
	}                                                                                          \
	int __wrap_##name(struct _reent *r, FILE *f, const char *format, va_list args)             \
	{                                                                                          \
		struct name##_call c = {.r = r, .f = f, .format = format};                         \
                                                                                                   \
		va_copy(c.args, args);                                                             \
		borrow_locked(r, f, name##_run, &c);                                               \
		va_end(c.args);                                                                    \
		return c.result;                                                                   \
	}

/* The same for a string, which has no lock: newlib's FILE of a string is the caller's own. */
#define WRAP_STRING_PRINT(name)                                                                    \
	int __real_##name(struct _reent *, FILE *, const char *, va_list);                         \
	struct name##_call {                                                                       \
		struct _reent *r;                                                                  \
		FILE *f;                                                                           \
		const char *format;                                                                \
		va_list args;                                                                      \
		int result;                                                                        \
	};                                                                                         \
	static void name##_run(void *arg)                                                          \
	{                                                                                          \
		struct name##_call *c = arg;                                                       \
                                                                                                   \
		c->result = __real_##name(c->r, c->f, c->format, c->args);                         \
	}                                                                                          \
	int __wrap_##name(struct _reent *r, FILE *f, const char *format, va_list args)             \
	{                                                                                          \
		struct name##_call c = {.r = r, .f = f, .format = format};                         \
                                                                                                   \
		va_copy(c.args, args);                                                             \
		libc_borrow(name##_run, &c);                                                       \
		va_end(c.args);                                                                    \
		return c.result;                                                                   \
	}

WRAP_STREAM_PRINT(_vfprintf_r)
WRAP_STREAM_PRINT(_vfiprintf_r)
WRAP_STREAM_PRINT(__svfscanf_r)
WRAP_STREAM_PRINT(__svfiscanf_r)
WRAP_STRING_PRINT(_svfprintf_r)
WRAP_STRING_PRINT(_svfiprintf_r)
WRAP_STRING_PRINT(__ssvfscanf_r)
WRAP_STRING_PRINT(__ssvfiscanf_r)

/* vfprintf and vfiprintf stand in the same object as the functions above, where --wrap does not reach. */
int __wrap_vfprintf(FILE *f, const char *format, va_list args)
{
	return __wrap__vfprintf_r(_REENT, f, format, args);
}

int __wrap_vfiprintf(FILE *f, const char *format, va_list args)
{
	return __wrap__vfiprintf_r(_REENT, f, format, args);
}

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

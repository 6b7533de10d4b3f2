/* Integers from text. newlib takes "0x" without a digit behind for no number, where C has the number
 * end behind the 0; and most of its functions take a base that is none. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>
#include "libc.h"

#define BARE_0X(name, character)                                             \
	const character *name(const character *text)                         \
	{                                                                    \
		while (*text == ' ' || (*text >= '\t' && *text <= '\r'))     \
			text++;                                              \
		text += *text == '+' || *text == '-';                        \
		return *text == '0' && (text[1] | 32) == 'x' ? text + 1 : 0; \
	}                                                                    \
	_Static_assert(1, "")

/* Where text ends as a number, if that is a 0 before an x. Asked when newlib has found no number.
 * Context: any. */
BARE_0X(libc_bare_0x, char);
static BARE_0X(wide_bare_0x, wchar_t);

/* type name(const character *text, character **end, int base), led here by --wrap. */
#define WRAP(name, type, character, bare_0x)                                       \
	type __real_##name(const character *, character **, int);                  \
	type __wrap_##name(const character *text, character **end, int base)       \
	{                                                                          \
		int error = errno;                                                 \
		character *stop = (character *)text;                               \
		bool is_base = base >= 0 && base <= 36 && base != 1;               \
		type value = is_base ? __real_##name(text, &stop, base) : (type)0; \
		const character *zero = 0;                                         \
                                                                                   \
		if (!is_base)                                                      \
			errno = EINVAL;                                            \
		else if (stop == text && (base == 0 || base == 16))                \
			zero = bare_0x(text);                                      \
		if (zero)                                                          \
			errno = error;                                             \
		if (end)                                                           \
			*end = zero ? (character *)zero : stop;                    \
		return value;                                                      \
	}                                                                          \
	_Static_assert(1, "")

WRAP(strtol, long, char, libc_bare_0x);
WRAP(strtoul, unsigned long, char, libc_bare_0x);
WRAP(strtoll, long long, char, libc_bare_0x);
WRAP(strtoull, unsigned long long, char, libc_bare_0x);
WRAP(strtoimax, intmax_t, char, libc_bare_0x);
WRAP(strtoumax, uintmax_t, char, libc_bare_0x);
WRAP(wcstol, long, wchar_t, wide_bare_0x);
WRAP(wcstoul, unsigned long, wchar_t, wide_bare_0x);
WRAP(wcstoll, long long, wchar_t, wide_bare_0x);
WRAP(wcstoull, unsigned long long, wchar_t, wide_bare_0x);
WRAP(wcstoimax, intmax_t, wchar_t, wide_bare_0x);
WRAP(wcstoumax, uintmax_t, wchar_t, wide_bare_0x);

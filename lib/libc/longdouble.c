/* newlib 3.3 reads a long double as the 80-bit one of x86, whatever the machine has. Here it is
 * IEEE's of 128 bits: this takes the place of the one function below strtold and wcstold. scanf
 * and printf have a double's precision and range. Where it is a double nothing is amiss. */
#if __LDBL_MANT_DIG__ != __DBL_MANT_DIG__
#include <locale.h>
#include <reent.h>
#include <stdint.h>
#include <string.h>
#include "libc.h"

_Static_assert(__LDBL_MANT_DIG__ == 113 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the layout below");

/* From newlib's mprec.h and gdtoa.h, which are not installed. */
struct format {
	int bits, least_exponent, largest_exponent, rounding, sudden_underflow;
};
enum { ZERO, NORMAL, DENORMAL, INFINITE, NAN_ALONE, NAN_BITS, NO_NUMBER, KIND = 7, NEGATIVE = 8 };
int _strtodg_l(struct _reent *, const char *, char **, struct format *, int32_t *exponent,
               uint32_t *bits, locale_t);

int _strtorx_l(struct _reent *, const char *, char **, int rounding, void *, locale_t);

/* Rounds to nearest. Context: goroutine. */
int _strtorx_l(struct _reent *r, const char *text, char **end, int rounding, void *to,
               locale_t locale)
{
	struct format format = {113, 1 - 16383 - 112, 32766 - 16383 - 112, 1, 0};
	uint32_t bits[4] = {0};
	int32_t exponent = 0;
	char *stop = (char *)text;
	int kind = _strtodg_l(r, text, &stop, &format, &exponent, bits, locale);

	(void)rounding;
	if (end)
		*end = stop == text && libc_bare_0x(text) ? (char *)libc_bare_0x(text) : stop;
	switch (kind & KIND) {
	case ZERO:
	case NO_NUMBER:
		memset(bits, 0, sizeof(bits));
		break;
	case NORMAL:
	case NAN_BITS: /* the top bit of the mantissa is not stored */
		bits[3] = (bits[3] & 0xffff) | (uint32_t)(exponent + 16383 + 112) << 16;
		break;
	case INFINITE:
		memcpy(bits, &(long double){__builtin_infl()}, sizeof(bits));
		break;
	case NAN_ALONE:
		memcpy(bits, &(long double){__builtin_nanl("")}, sizeof(bits));
		break;
	}
	if (kind & NEGATIVE)
		bits[3] |= 1u << 31;
	memcpy(to, bits, sizeof(bits));
	return kind;
}
#endif

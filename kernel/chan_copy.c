/* Values, copied under a channel's lock: by words wherever they lie, so that the largest takes no longer than a core may be
 * masked. newlib's memcpy uses floating-point registers, which the kernel does not save. */
#include "chan.h"

typedef uint64_t word64 __attribute__((may_alias));

static void copy_aligned(word64 *to, const word64 *from, size_t n)
{
#pragma GCC unroll 4
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
}

/* From what begins `skew` bits behind the start of *from. Reads no word that holds nothing of it. Little-endian. */
static void copy_skewed(word64 *to, const word64 *from, size_t n, unsigned skew)
{
	uint64_t low = from[0];

#pragma GCC unroll 4
	for (size_t i = 0; i < n; i++) {
		uint64_t high = from[i + 1];

		to[i] = low >> skew | high << (64 - skew);
		low = high;
	}
}

/* Context: any. */
void chan_copy(char *to, const char *from, size_t size)
{
	uintptr_t skew;
	size_t n;

	for (; size && (uintptr_t)to % 8; size--)
		*to++ = *from++;
	n = size / 8;
	skew = (uintptr_t)from % 8;
	if (n && skew)
		copy_skewed((word64 *)to, (const word64 *)(from - skew), n, skew * 8);
	else
		copy_aligned((word64 *)to, (const word64 *)from, n);
	for (size_t i = n * 8; i < size; i++)
		to[i] = from[i];
}

/* Context: any. */
void chan_zero(const struct channel *c, char *value)
{
	size_t size = value ? c->size : 0;

	for (; size && (uintptr_t)value % 8; size--)
		*value++ = 0;
	for (; size >= 8; size -= 8, value += 8)
		*(word64 *)value = 0;
	for (; size; size--)
		*value++ = 0;
}

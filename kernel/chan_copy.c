/* Values, copied under a channel's lock: by words wherever they lie, so that the largest takes no longer than a core may be
 * masked. newlib's memcpy uses floating-point registers, which the kernel does not save. */
#include "chan.h"

typedef uint64_t word64 __attribute__((may_alias));
typedef uint32_t word32 __attribute__((may_alias));

enum { ROUND = 4 }; /* words that a round of a loop copies: the largest element takes 100 instructions, skewed 200 */

static inline void copy_words(word64 *to, const word64 *from, size_t n)
{
#pragma GCC unroll 4
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
}

static void copy_aligned(word64 *to, const word64 *from, size_t n)
{
	for (; n >= ROUND; n -= ROUND, to += ROUND, from += ROUND)
		copy_words(to, from, ROUND);
	for (; n; n--)
		copy_words(to++, from++, 1);
}

/* From what begins `skew` bits behind the start of *from. Reads no word that holds nothing of it. Little-endian. */
static inline uint64_t copy_joined(word64 *to, const word64 *from, size_t n, uint64_t low, unsigned skew)
{
#pragma GCC unroll 4
	for (size_t i = 0; i < n; i++) {
		uint64_t high = from[i + 1];

		to[i] = low >> skew | high << (64 - skew);
		low = high;
	}
	return low;
}

static void copy_skewed(word64 *to, const word64 *from, size_t n, unsigned skew)
{
	uint64_t low = from[0];

	for (; n >= ROUND; n -= ROUND, to += ROUND, from += ROUND)
		low = copy_joined(to, from, ROUND, low, skew);
	for (; n; n--)
		low = copy_joined(to++, from++, 1, low, skew);
}

/* Less than a word. */
static inline void copy_part(char *to, const char *from, size_t size)
{
	if (size >= 4 && ((uintptr_t)to | (uintptr_t)from) % 4 == 0) {
		*(word32 *)to = *(const word32 *)from;
		to += 4, from += 4, size -= 4;
	}
	for (; size; size--)
		*to++ = *from++;
}

/* Context: any. */
void chan_copy(char *to, const char *from, size_t size)
{
	size_t before = -(uintptr_t)to % 8, n, skew;

	if (before > size)
		before = size;
	copy_part(to, from, before);
	to += before, from += before, size -= before;
	n = size / 8;
	skew = (uintptr_t)from % 8;
	if (n && skew)
		copy_skewed((word64 *)to, (const word64 *)(from - skew), n, skew * 8);
	else
		copy_aligned((word64 *)to, (const word64 *)from, n);
	copy_part(to + n * 8, from + n * 8, size % 8);
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

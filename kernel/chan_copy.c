/* Values, copied under a channel's lock: by words wherever they lie, so that the largest takes no
 * longer than a core may be masked. newlib's memcpy uses floating-point registers, which the
 * kernel does not save. */
#include "chan.h"

typedef uintptr_t word __attribute__((may_alias));
typedef uint32_t half __attribute__((may_alias));

enum {
	WORD = sizeof(word),
	/* words that a round of a loop copies: the largest element takes 100 instructions,
	 * skewed 200 */
	ROUND = SMALL ? 1 : 4,
};

static inline void copy_words(word *to, const word *from, size_t n)
{
#pragma GCC unroll ROUND
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
}

static inline void copy_aligned(word *to, const word *from, size_t n)
{
	for (; n >= ROUND; n -= ROUND, to += ROUND, from += ROUND)
		copy_words(to, from, ROUND);
	for (; n; n--)
		copy_words(to++, from++, 1);
}

/* From what begins `skew` bits behind the start of *from. Reads no word that holds nothing of
 * it. Little-endian. */
static inline word copy_joined(word *to, const word *from, size_t n, word low, unsigned skew)
{
#pragma GCC unroll ROUND
	for (size_t i = 0; i < n; i++) {
		word high = from[i + 1];

		to[i] = low >> skew | high << (WORD * 8 - skew);
		low = high;
	}
	return low;
}

static inline void copy_skewed(word *to, const word *from, size_t n, unsigned skew)
{
	word low = from[0];

	for (; n >= ROUND; n -= ROUND, to += ROUND, from += ROUND)
		low = copy_joined(to, from, ROUND, low, skew);
	for (; n; n--)
		low = copy_joined(to++, from++, 1, low, skew);
}

/* Less than a word. */
static inline void copy_part(char *to, const char *from, size_t size)
{
	if (WORD > 4 && size >= 4 && ((uintptr_t)to | (uintptr_t)from) % 4 == 0) {
		*(half *)to = *(const half *)from;
		to += 4, from += 4, size -= 4;
	}
	for (; size; size--)
		*to++ = *from++;
}

/* Context: any. */
leaf void chan_copy(char *to, const char *from, size_t size)
{
	size_t before = -(uintptr_t)to % WORD, n, skew;

	if (before > size)
		before = size;
	copy_part(to, from, before);
	to += before, from += before, size -= before;
	n = size / WORD;
	skew = (uintptr_t)from % WORD;
	if (n && skew)
		copy_skewed((word *)to, (const word *)(from - skew), n, skew * 8);
	else
		copy_aligned((word *)to, (const word *)from, n);
	copy_part(to + n * WORD, from + n * WORD, size % WORD);
}

/* Context: any. */
void chan_zero(const struct channel *c, char *value)
{
	size_t size = value ? c->size : 0;

	for (; size && (uintptr_t)value % WORD; size--)
		*value++ = 0;
	for (; size >= WORD; size -= WORD, value += WORD)
		*(word *)value = 0;
	for (; size; size--)
		*value++ = 0;
}

/* Copying values under a channel's lock, and where values may be stored (A8). A value is copied by
 * words wherever it lies, so that the largest takes no longer than a core may be masked. newlib's
 * memcpy would use floating-point registers, which the kernel does not save.
 *
 * chan_recv touches its target before it masks, because the target will be stored to, now or later,
 * perhaps by a partner. The other forms of receive may end without a value, and must not touch the
 * target then, as in Go. So they only ask where the target lies. If no store is possible there they
 * receive into nothing. If a value comes all the same, the receiver makes the store itself after it
 * has unlocked and unmasked: it faults like any other, in the goroutine whose mistake it is. A send
 * reads its value before it masks. */
#include "sync/chan.h"

typedef uintptr_t word __attribute__((may_alias));
typedef uint32_t half __attribute__((may_alias));

enum {
	WORD = sizeof(word),
	/* words that a round of a loop copies: the largest element takes 100 instructions,
	 * skewed 200 */
	ROUND = SMALL ? 1 : 4,
};

/* Copies less than a word. */
static inline void copy_part(char *to, const char *from, size_t size)
{
	if (WORD > 4 && size >= 4 && ((uintptr_t)to | (uintptr_t)from) % 4 == 0) {
		*(half *)to = *(const half *)from;
		to += 4, from += 4, size -= 4;
	}
	for (; size; size--)
		*to++ = *from++;
}

static inline void copy_words(char *to, const char *from, size_t n)
{
#pragma GCC unroll ROUND
	for (size_t i = 0; i < n; i++)
		((word *)to)[i] = ((const word *)from)[i];
}

static leaf noinline void copy_aligned(char *to, const char *from, size_t size)
{
	for (; size >= ROUND * WORD; size -= ROUND * WORD, to += ROUND * WORD, from += ROUND * WORD)
		copy_words(to, from, ROUND);
	for (; size >= WORD; size -= WORD, to += WORD, from += WORD)
		copy_words(to, from, 1);
	copy_part(to, from, size);
}

/* Copies from data that begins `skew` bits behind the start of *from. Reads no word that holds none
 * of the data. Little-endian. */
static inline word copy_joined(char *to, const word *from, size_t n, word low, unsigned skew)
{
#pragma GCC unroll ROUND
	for (size_t i = 0; i < n; i++) {
		word high = from[i + 1];

		((word *)to)[i] = low >> skew | high << (WORD * 8 - skew);
		low = high;
	}
	return low;
}

static leaf noinline void copy_skewed(char *to, const char *from, size_t size)
{
	size_t behind = (uintptr_t)from % WORD;
	const word *start = (const word *)(from - behind);
	word low = size >= WORD ? *start : 0;

	for (; size >= ROUND * WORD; size -= ROUND * WORD, to += ROUND * WORD, start += ROUND)
		low = copy_joined(to, start, ROUND, low, behind * 8);
	for (; size >= WORD; size -= WORD, to += WORD, start++)
		low = copy_joined(to, start, 1, low, behind * 8);
	copy_part(to, (const char *)start + behind, size);
}

/* Context: any. */
leaf void chan_copy(char *to, const char *from, size_t size)
{
	size_t before = -(uintptr_t)to % WORD;

	if (before > size)
		before = size;
	copy_part(to, from, before);
	to += before, from += before, size -= before;
	if ((uintptr_t)from % WORD)
		copy_skewed(to, from, size);
	else
		copy_aligned(to, from, size);
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

/* Context: any. */
void *chan_target(const struct channel *c, void *value)
{
	return !value || !c->size || mem_writable(value, c->size) ? value : 0;
}

/* Context: any. */
__attribute__((cold)) noinline void chan_miss(const struct channel *c, void *value)
{
	*(volatile char *)value = 0;
	((volatile char *)value)[c->size - 1] = 0;
}

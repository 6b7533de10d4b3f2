/* Copying an element by its kind, in line (enum chan_kind). */
#ifndef SKEIN_CARRY_H
#define SKEIN_CARRY_H
#include "sync/chan.h"

/* The two types of CHAN_OTHER_WORD, which is aligned to 4 bytes on every machine. */
typedef uint32_t __attribute__((may_alias)) carry_half_word;
typedef uint64_t __attribute__((may_alias, aligned(4))) carry_two_words;
typedef uint16_t __attribute__((may_alias)) carry_short;

/* These copy element j of one array to place i of another. */

#define carry_as(T, to, i, from, j) ((void)(((T *)(to))[i] = ((const T *)(from))[j]))

static inline void carry_word(void *to, uint32_t i, const void *from, uint32_t j)
{
	carry_as(chan_word, to, i, from, j);
}

static inline void carry_other_word(void *to, uint32_t i, const void *from, uint32_t j)
{
	if (sizeof(chan_word) == 8)
		carry_as(carry_half_word, to, i, from, j);
	else
		carry_as(carry_two_words, to, i, from, j);
}

/* n words, an even number. Two are read before they are written: then a machine may read them with
 * one instruction, and write them with one. */
static inline __attribute__((always_inline)) void carry_pairs(chan_word *to, const chan_word *from,
                                                              unsigned n)
{
#pragma GCC unroll 4
	for (unsigned i = 0; i < n; i += 2) {
		chan_word first = from[i], second = from[i + 1];

		to[i] = first;
		to[i + 1] = second;
	}
}

static inline void carry_16(void *to, uint32_t i, const void *from, uint32_t j)
{
	enum { WORDS = 16 / sizeof(chan_word) };

	carry_pairs((chan_word *)to + (size_t)i * WORDS,
	            (const chan_word *)from + (size_t)j * WORDS, WORDS);
}

/* Any kind but a wide one. */
static inline void carry_small(enum chan_kind kind, void *to, uint32_t i, const void *from,
                               uint32_t j)
{
	if (kind == CHAN_WORD)
		carry_word(to, i, from, j);
	else if (kind < 0)
		carry_other_word(to, i, from, j);
	else if (kind & CHAN_CHAR)
		carry_as(char, to, i, from, j);
	else if (kind & CHAN_SHORT)
		carry_as(carry_short, to, i, from, j);
	else
		carry_16(to, i, from, j);
}

/* CHAN_EIGHTS. */
static inline void carry_eights(void *to, const void *from, size_t size)
{
	const chan_word *f = from, *end = (const chan_word *)((const char *)from + size);
	chan_word *t = to;

	do {
		carry_pairs(t, f, 8);
		t += 8, f += 8;
	} while (f != end);
}

/* CHAN_WORDS. */
static inline void carry_words(void *to, const void *from, size_t size)
{
	size_t left = size % (8 * sizeof(chan_word));
	const chan_word *f = from;
	chan_word *t = to;

	for (size -= left; left; left -= sizeof(*t))
		*t++ = *f++;
	if (size)
		carry_eights(t, f, size);
}

#endif

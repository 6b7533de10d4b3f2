/* Words and the counters that they are sent to. */
#ifndef WORDS_H
#define WORDS_H
#include "skein.h"

/* A word on its way: a short one lies in the message, of a long one a copy on the heap, which is the receiver's. */
enum { SHORT = 24 };
struct word {
	uint32_t hash, length;
	union {
		char text[SHORT];
		char *copy;
	};
};

/* All words of one hash range. The table is open addressed; a free entry has no text. */
struct shard {
	chan(struct word) words;
	struct entry {
		uint64_t count;
		char *text;
		uint32_t hash, length;
	} *table;
	size_t size, used; /* size: a power of two */
};

enum { SHARDS = 8 };
extern struct shard shards[SHARDS];

void shards_start(void);
void shards_finish(void);         /* after the last word: returns when all are counted */
void print_most_frequent(void);   /* after shards_finish */
void *checked(void *memory);      /* what malloc returned; null ends the program */

static inline struct shard *shard_of(uint32_t hash)
{
	return &shards[hash >> 29];
}
_Static_assert(SHARDS == 1 << (32 - 29), "shard_of takes the upper bits, the table the lower ones");

#endif

/* Words, and the counters that they are sent to. */
#ifndef WORDS_H
#define WORDS_H
#include "skein.h"

enum { SHARDS = 4, LINES = 4096 };
extern unsigned lines_at_once; /* at most: LINES, or what a small memory has room for */

struct word {
	struct word *next; /* of the same line and shard */
	const char *text;  /* in the line */
	uint32_t length, hash;
};

/* What a line sends to a shard. The words are the line's, which waits until they are counted. */
struct message {
	const struct word *first;
	struct waitgroup *counted;
};

/* The words of one range of hashes. The table is open addressed; a free entry has no text. */
struct shard {
	chan(struct message) words;
	struct entry {
		uint64_t count;
		char *text;
		uint32_t length, hash;
	} * table;
	size_t size, used; /* size: a power of two */
};
extern struct shard shards[SHARDS];

void shards_start(void);
void shards_finish(void);       /* after the last message: returns when all are counted */
void print_most_frequent(void); /* after shards_finish */
void *checked(void *memory);    /* what malloc returned; null ends the program */

/* By the upper bits of the hash; the table goes by the lower ones. */
static inline unsigned shard_of(uint32_t hash)
{
	return (uint64_t)hash * SHARDS >> 32;
}

#endif

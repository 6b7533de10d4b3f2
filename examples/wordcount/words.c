/* The counters: a goroutine for each shard of the words counts what comes through its channel. */
#include "words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 20 };

struct shard shards[SHARDS];
static struct waitgroup running;

void *checked(void *memory)
{
	if (!memory) {
		fprintf(stderr, "wordcount: out of memory; give the board more with MEM=\n");
		exit(1);
	}
	return memory;
}

/* Where this word stands in the table, or should. */
static struct entry *find(const struct shard *s, uint32_t hash, uint32_t length, const char *text)
{
	for (size_t i = hash;; i++) {
		struct entry *e = &s->table[i & (s->size - 1)];

		if (!e->text ||
		    (e->hash == hash && e->length == length && memcmp(e->text, text, length) == 0))
			return e;
	}
}

static void grow(struct shard *s)
{
	struct shard old = *s;

	s->size = old.size ? 2 * old.size : 1024;
	s->table = checked(calloc(s->size, sizeof(*s->table)));
	for (struct entry *e = old.table; e < old.table + old.size; e++)
		if (e->text)
			*find(s, e->hash, e->length, e->text) = *e;
	free(old.table);
}

static char *keep(const struct word *w)
{
	char *text;

	if (w->length > SHORT)
		return w->copy;
	text = checked(malloc(w->length + 1));
	memcpy(text, w->text, w->length);
	text[w->length] = 0;
	return text;
}

static void count_word(struct shard *s, const struct word *w)
{
	struct entry *e = find(s, w->hash, w->length, w->length > SHORT ? w->copy : w->text);

	if (e->count++) {
		if (w->length > SHORT)
			free(w->copy);
		return;
	}
	e->text = keep(w);
	e->hash = w->hash;
	e->length = w->length;
	if (++s->used * 2 > s->size)
		grow(s);
}

static void count(struct shard *s)
{
	for (struct word w; chan_recv(s->words, &w);)
		count_word(s, &w);
}

void shards_start(void)
{
	for (struct shard *s = shards; s < shards + SHARDS; s++) {
		s->words = chan_make(struct word, 256);
		grow(s);
		wg_go(&running, count, s);
	}
}

void shards_finish(void)
{
	for (struct shard *s = shards; s < shards + SHARDS; s++)
		chan_close(s->words);
	wg_wait(&running);
}

static bool before(const struct entry *a, const struct entry *b)
{
	return a->count != b->count ? a->count > b->count : strcmp(a->text, b->text) < 0;
}

/* Puts e among the n best, in order. Returns how many there are then. */
static int insert(const struct entry **best, int n, const struct entry *e)
{
	int i = n;

	for (; i > 0 && before(e, best[i - 1]); i--)
		if (i < MOST)
			best[i] = best[i - 1];
	if (i < MOST)
		best[i] = e;
	return n < MOST ? n + 1 : n;
}

void print_most_frequent(void)
{
	const struct entry *best[MOST];
	int n = 0;

	for (struct shard *s = shards; s < shards + SHARDS; s++)
		for (struct entry *e = s->table; e < s->table + s->size; e++)
			if (e->text)
				n = insert(best, n, e);
	for (int i = 0; i < n; i++)
		printf("%llu %s\n", (unsigned long long)best[i]->count, best[i]->text);
}

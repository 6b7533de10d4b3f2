/* The counters: for each shard a goroutine that counts the words which come through its channel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "words.h"

enum { MOST = 20 };

unsigned lines_at_once = LINES;
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
static struct entry *find(const struct shard *s, const char *text, uint32_t length, uint32_t hash)
{
	for (size_t i = hash;; i++) {
		struct entry *e = &s->table[i & (s->size - 1)];

		if (!e->text ||
		    (e->hash == hash && e->length == length && memcmp(e->text, text, length) == 0))
			return e;
	}
}

static void grow(struct shard *s, size_t size)
{
	struct shard old = *s;

	s->size = size;
	s->table = checked(calloc(size, sizeof(*s->table)));
	for (struct entry *e = old.table; e < old.table + old.size; e++)
		if (e->text)
			*find(s, e->text, e->length, e->hash) = *e;
	free(old.table);
}

static void add(struct shard *s, struct entry *e, const struct word *w)
{
	char *text = checked(malloc(w->length + 1));

	memcpy(text, w->text, w->length);
	text[w->length] = 0;
	*e = (struct entry){.count = 1, .text = text, .length = w->length, .hash = w->hash};
	if (++s->used * 2 > s->size)
		grow(s, s->size * 2);
}

static void count(struct shard *s)
{
	for (struct message m; chan_recv(s->words, &m); wg_done(m.counted)) {
		for (const struct word *w = m.first; w; w = w->next) {
			struct entry *e = find(s, w->text, w->length, w->hash);

			if (e->text)
				e->count++;
			else
				add(s, e, w);
		}
	}
}

/* A line takes a stack, buffers, and its part of the tables, which are copied when they grow. */
static void measure(void)
{
	void *room;

	while (!(room = malloc(lines_at_once * 16384ul)))
		lines_at_once /= 2;
	free(room);
}

/* A channel has room for what all lines may send to it at once, so a line never waits to send. */
void shards_start(void)
{
	measure();
	for (struct shard *s = shards; s < shards + SHARDS; s++) {
		s->words = chan_make(struct message, lines_at_once);
		grow(s, 256);
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

/* Puts e among the n most frequent, in order. Returns how many they are then. */
static int insert(const struct entry **most, int n, const struct entry *e)
{
	int i = n < MOST ? n : MOST - 1;

	if (n == MOST && !before(e, most[i]))
		return n;
	for (; i > 0 && before(e, most[i - 1]); i--)
		most[i] = most[i - 1];
	most[i] = e;
	return n < MOST ? n + 1 : n;
}

void print_most_frequent(void)
{
	const struct entry *most[MOST];
	int n = 0;

	for (struct shard *s = shards; s < shards + SHARDS; s++)
		for (struct entry *e = s->table; e < s->table + s->size; e++)
			if (e->text)
				n = insert(most, n, e);
	for (int i = 0; i < n; i++)
		printf("%llu %s\n", (unsigned long long)most[i]->count, most[i]->text);
}

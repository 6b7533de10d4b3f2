/* Counts the words of a file of the host: prints the twenty most frequent ones, and what each core
 * did for it.
 *
 * The main goroutine reads, and starts a goroutine for each line, which sends its words to the
 * counters (words.c) and waits until they are counted. A word is a maximal run of A-Z and a-z.
 * Lines are taken from a channel of free ones and come back to it: that also bounds how many
 * goroutines live at once, so any file fits in RAM. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "skein.h"
#include "words.h"

enum { WORDS = 64, LINE = 512, PIECE = 256, BUFFER = 16384 };

struct line {
	char *text;
	size_t length, size;
	struct word words[WORDS];
	struct waitgroup counted;
};

static chan(struct line *) free_lines;

static inline bool is_letter(char c)
{
	return (unsigned)((c | 32) - 'a') < 26;
}

/* The word that begins at p. Returns its end. */
static const char *read_word(struct word *w, const char *p, const char *end)
{
	uint32_t hash = 2166136261; /* FNV-1a */

	w->text = p;
	for (; p < end && is_letter(*p); p++)
		hash = (hash ^ *p) * 16777619;
	w->length = p - w->text;
	w->hash = hash;
	return p;
}

/* Sends the next WORDS words from p on, and waits until they are counted. Returns where it
 * ended. */
static const char *send_words(struct line *line, const char *p, const char *end)
{
	struct word *first[SHARDS] = {0}, *w = line->words;

	for (;; w++) {
		while (p < end && !is_letter(*p))
			p++;
		if (p == end || w == line->words + WORDS)
			break;
		p = read_word(w, p, end);
		w->next = first[shard_of(w->hash)];
		first[shard_of(w->hash)] = w;
	}
	for (int i = 0; i < SHARDS; i++) {
		struct message m = {first[i], &line->counted};

		if (!first[i])
			continue;
		wg_add(&line->counted, 1);
		chan_send(shards[i].words, m);
	}
	wg_wait(&line->counted);
	return p;
}

static void resize(struct line *line, size_t size)
{
	line->text = checked(realloc(line->text, size));
	line->size = size;
}

/* The goroutine of a line. */
static void split(struct line *line)
{
	const char *p = line->text, *end = p + line->length;

	while (p < end)
		p = send_words(line, p, end);
	if (line->size > LINE)
		resize(line, LINE); /* it held a long word */
	chan_send(free_lines, line);
}

/* Length of the unfinished word at the line's end. */
static size_t tail_of(const struct line *line)
{
	size_t n = 0;

	while (n < line->length && is_letter(line->text[line->length - 1 - n]))
		n++;
	return n;
}

/* fgets does not say how much it read, and a file may contain zeros: the last zero is the one
 * that fgets wrote. */
static size_t read_piece(FILE *f, char *to)
{
	memset(to, 1, PIECE);
	return fgets(to, PIECE, f) ? (char *)memrchr(to, 0, PIECE) - to : 0;
}

/* Appends the rest of a line; or, of a long one, what fits. Grows only for a word that does not fit
 * alone. False: the file ends here. */
static bool fill(FILE *f, struct line *line)
{
	size_t n;

	do {
		if (line->size - line->length < PIECE) {
			if (tail_of(line) < line->length)
				return true;
			resize(line, 2 * line->size);
		}
		n = read_piece(f, line->text + line->length);
		line->length += n;
	} while (n && line->text[line->length - 1] != '\n');
	return n;
}

/* A free line that begins with the word that the last one broke off. */
static struct line *next_line(struct line *last)
{
	size_t tail = tail_of(last);
	struct line *line;

	chan_recv(free_lines, &line);
	while (line->size < tail + PIECE)
		resize(line, 2 * line->size);
	last->length -= tail;
	memcpy(line->text, last->text + last->length, tail);
	line->length = tail;
	return line;
}

static void make_lines(void)
{
	free_lines = chan_make(struct line *, lines_at_once);
	for (unsigned i = 0; i < lines_at_once; i++) {
		struct line *line = checked(calloc(1, sizeof(*line)));

		resize(line, LINE);
		chan_send(free_lines, line);
	}
}

/* Returns how many goroutines it took. */
static unsigned long read_lines(FILE *f)
{
	struct line *line, *next;
	unsigned long n = 0;

	make_lines();
	for (chan_recv(free_lines, &line); line; line = next) {
		next = fill(f, line) ? next_line(line) : 0;
		go(split, line);
		n++;
	}
	for (unsigned i = 0; i < lines_at_once; i++) /* all are back: all words have been sent */
		chan_recv(free_lines, NULL);
	return n;
}

static void print_cores(void)
{
	static struct go_stats stats; /* large */

	stats = go_stats_read();
	printf("\ncore goroutines   switches     steals preemptions   idle\n");
	for (unsigned i = 0; i < stats.cores; i++) {
		const struct go_core_stats *c = &stats.core[i];

		printf("%4u %10llu %10llu %10llu %11llu %5d%%\n", i, (unsigned long long)c->runs,
		       (unsigned long long)c->switches, (unsigned long long)c->steals,
		       (unsigned long long)c->preemptions, (int)(c->idle * 100 / stats.uptime));
	}
	printf("%u goroutine stacks at the peak\n", stats.stacks_peak);
}

int main(int argc, char **argv)
{
	go_time start = go_now();
	unsigned long lines;
	FILE *f;

	if (argc != 2) {
		fprintf(
		    stderr,
		    "wordcount: give it one file: make run APP=examples/wordcount INPUT=file\n");
		return 1;
	}
	f = fopen(argv[1], "r");
	if (!f) {
		fprintf(stderr, "wordcount: cannot open %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	setvbuf(f, NULL, _IOFBF, BUFFER);
	shards_start();
	lines = read_lines(f);
	if (ferror(f)) {
		fprintf(stderr, "wordcount: cannot read %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	shards_finish();
	print_most_frequent();
	print_cores();
	printf("%lu lines in %d ms\n", lines, (int)((go_now() - start) / ms(1)));
}

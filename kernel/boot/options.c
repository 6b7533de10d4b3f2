/* Options of the kernel: see options.h. */
#include "boot/options.h"
#include <stddef.h>
#include "skein.h"

struct options options = {.seed = 1};

static const struct option {
	const char *name;
	uint32_t *value;
	uint32_t least;
} known[] = {
    {"skein.seed=", &options.seed, 0},         {"skein.cores=", &options.cores, 1},
    {"skein.maxprocs=", &options.maxprocs, 1}, {"skein.leaks=", &options.leaks, 0},
    {"skein.marks=", &options.marks, 0},       {"skein.stdin=", &options.input, 0},
};
enum { KNOWN = sizeof(known) / sizeof(known[0]) };

static size_t length(const char *word)
{
	size_t n = 0;

	while (word[n] && word[n] != ' ')
		n++;
	return n;
}

/* What follows prefix in the word, or null when the word begins otherwise. */
static const char *after(const char *word, const char *prefix)
{
	while (*prefix && *word == *prefix)
		word++, prefix++;
	return *prefix ? NULL : word;
}

static const struct option *find(const char *word)
{
	for (unsigned i = 0; i < KNOWN; i++)
		if (after(word, known[i].name))
			return &known[i];
	return NULL;
}

/* False: no number, or one that is too large or too small. */
static bool take(const struct option *o, const char *digits)
{
	size_t n = length(digits);
	uint32_t value = 0;

	for (size_t i = 0; i < n; i++)
		if (digits[i] < '0' || digits[i] > '9' ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digits[i] - '0', &value))
			return false;
	*o->value = value;
	return n && value >= o->least;
}

static void warn(const char *word)
{
	kprintf("skein: the program gets the word %.*s, which is no option: the options are",
	        (int)length(word), word);
	for (unsigned i = 0; i < KNOWN; i++)
		kprintf(" %s", known[i].name);
	kprintf("\n");
}

/* Does the word look like an option, as skein.sed=7 does? */
static bool looks_like_one(const char *word)
{
	const char *rest = after(word, "skein.");

	while (rest && *rest >= 'a' && *rest <= 'z')
		rest++;
	return rest && *rest == '=';
}

/* Context: boot core. */
const char *options_read(const char *line)
{
	for (const char *word = line; word && *word; word += length(word)) {
		while (*word == ' ')
			word++;
		const struct option *o = find(word);

		if (o && !take(o, after(word, o->name)))
			return word;
		if (!o && looks_like_one(word))
			warn(word);
	}
	return NULL;
}

/* Context: any. */
bool option_is(const char *word)
{
	return find(word);
}

/* The C library's functions that read and write a program's memory, as the detector sees them. The
 * library itself is not instrumented: what it does to its own memory is none of the program's
 * races. A function that is not here is not seen: README says which are. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <malloc.h>
#include "detector.h"

#define WRITES(p, n) race_access((uintptr_t)(p), (n), CELL_WRITE)
#define READS(p, n) race_access((uintptr_t)(p), (n), 0)
#define DEFINED(T, name, parameters) \
	T raced_##name parameters;   \
	T raced_##name parameters

DEFINED(void *, memcpy, (void *to, const void *from, size_t n))
{
	READS(from, n);
	WRITES(to, n);
	return memcpy(to, from, n);
}

DEFINED(void *, memmove, (void *to, const void *from, size_t n))
{
	READS(from, n);
	WRITES(to, n);
	return memmove(to, from, n);
}

DEFINED(void *, memset, (void *to, int value, size_t n))
{
	WRITES(to, n);
	return memset(to, value, n);
}

/* As far as it had to look. */
DEFINED(int, memcmp, (const void *a, const void *b, size_t n))
{
	size_t i = 0;

	while (i < n && ((const char *)a)[i] == ((const char *)b)[i])
		i++;
	i += i < n;
	READS(a, i);
	READS(b, i);
	return memcmp(a, b, n);
}

DEFINED(void *, memchr, (const void *p, int c, size_t n))
{
	char *found = memchr(p, c, n);

	READS(p, found ? (size_t)(found - (const char *)p) + 1 : n);
	return found;
}

DEFINED(size_t, strlen, (const char *s))
{
	size_t n = strlen(s);

	READS(s, n + 1);
	return n;
}

DEFINED(size_t, strnlen, (const char *s, size_t most))
{
	size_t n = strnlen(s, most);

	READS(s, n < most ? n + 1 : n);
	return n;
}

DEFINED(char *, strcpy, (char *to, const char *from))
{
	size_t n = strlen(from) + 1;

	READS(from, n);
	WRITES(to, n);
	return strcpy(to, from);
}

DEFINED(char *, stpcpy, (char *to, const char *from))
{
	size_t n = strlen(from) + 1;

	READS(from, n);
	WRITES(to, n);
	return strcpy(to, from) + n - 1;
}

DEFINED(char *, strncpy, (char *to, const char *from, size_t most))
{
	size_t n = strnlen(from, most);

	READS(from, n < most ? n + 1 : n);
	WRITES(to, most);
	return strncpy(to, from, most);
}

DEFINED(char *, strcat, (char *to, const char *from))
{
	size_t n = strlen(from) + 1, before = strlen(to);

	READS(from, n);
	READS(to, before + 1);
	WRITES(to + before, n);
	return strcat(to, from);
}

DEFINED(char *, strncat, (char *to, const char *from, size_t most))
{
	size_t n = strnlen(from, most), before = strlen(to);

	READS(from, n < most ? n + 1 : n);
	READS(to, before + 1);
	WRITES(to + before, n + 1);
	return strncat(to, from, most);
}

static void reads_both(const char *a, const char *b, size_t most)
{
	size_t i = 0;

	while (i < most && a[i] == b[i] && a[i])
		i++;
	i += i < most;
	READS(a, i);
	READS(b, i);
}

DEFINED(int, strcmp, (const char *a, const char *b))
{
	reads_both(a, b, SIZE_MAX);
	return strcmp(a, b);
}

DEFINED(int, strncmp, (const char *a, const char *b, size_t n))
{
	reads_both(a, b, n);
	return strncmp(a, b, n);
}

DEFINED(char *, strchr, (const char *s, int c))
{
	char *found = strchr(s, c);

	READS(s, found ? (size_t)(found - s) + 1 : strlen(s) + 1);
	return found;
}

DEFINED(char *, strrchr, (const char *s, int c))
{
	READS(s, strlen(s) + 1);
	return strrchr(s, c);
}

DEFINED(char *, strstr, (const char *s, const char *what))
{
	READS(s, strlen(s) + 1);
	READS(what, strlen(what) + 1);
	return strstr(s, what);
}

DEFINED(char *, strdup, (const char *s))
{
	READS(s, strlen(s) + 1);
	return strdup(s);
}

DEFINED(void, qsort,
        (void *base, size_t n, size_t size, int (*compare)(const void *, const void *)))
{
	WRITES(base, n * size);
	qsort(base, n, size, compare);
}

/* stdio: the program's side. */

DEFINED(void, flockfile, (FILE * f))
{
	flockfile(f);
	race_touch();
	race_acquire(f);
}

DEFINED(int, ftrylockfile, (FILE * f))
{
	int busy = ftrylockfile(f);

	race_touch();
	if (!busy)
		race_acquire(f);
	return busy;
}

DEFINED(void, funlockfile, (FILE * f))
{
	race_touch();
	race_release(f);
	funlockfile(f);
}

DEFINED(int, vsnprintf, (char *to, size_t size, const char *format, va_list args))
{
	int n = vsnprintf(to, size, format, args);

	if (n >= 0 && size)
		WRITES(to, (size_t)n < size ? (size_t)n + 1 : size);
	return n;
}

DEFINED(int, snprintf, (char *to, size_t size, const char *format, ...))
{
	va_list args;
	int n;

	va_start(args, format);
	n = raced_vsnprintf(to, size, format, args);
	va_end(args);
	return n;
}

DEFINED(int, sprintf, (char *to, const char *format, ...))
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsprintf(to, format, args);
	va_end(args);
	if (n >= 0)
		WRITES(to, (size_t)n + 1);
	return n;
}

DEFINED(size_t, fwrite, (const void *from, size_t size, size_t n, FILE *f))
{
	READS(from, size * n);
	return fwrite(from, size, n, f);
}

DEFINED(size_t, fread, (void *to, size_t size, size_t n, FILE *f))
{
	size_t done = fread(to, size, n, f);

	WRITES(to, size * done);
	return done;
}

DEFINED(char *, fgets, (char *to, int n, FILE *f))
{
	char *got = fgets(to, n, f);

	if (got)
		WRITES(to, strlen(to) + 1);
	return got;
}

DEFINED(int, fputs, (const char *s, FILE *f))
{
	READS(s, strlen(s) + 1);
	return fputs(s, f);
}

DEFINED(int, puts, (const char *s))
{
	READS(s, strlen(s) + 1);
	return puts(s);
}

/* The heap. malloc.c forgets what a block was before; here blocks get a name, and a free that races
 * with an access is found. */

DEFINED(void *, malloc, (size_t n))
{
	void *p = malloc(n);

	race_block(p, n);
	return p;
}

DEFINED(void *, calloc, (size_t n, size_t size))
{
	void *p = calloc(n, size);

	race_block(p, n * size);
	return p;
}

/* A free writes what anybody has accessed of the block. */
static void frees(void *p)
{
	uintptr_t at = (uintptr_t)p, end = p ? at + malloc_usable_size(p) : at, next;

	for (; at < end; at = next) {
		next = (at | (PAGE_SIZE - 1)) + 1;
		next = next < end ? next : end;
		if (shadow_find(at))
			WRITES(at, next - at);
	}
}

DEFINED(void *, realloc, (void *p, size_t n))
{
	frees(p);
	p = realloc(p, n);
	race_block(p, n);
	return p;
}

DEFINED(void, free, (void *p))
{
	frees(p);
	free(p);
}

DEFINED(void *, aligned_alloc, (size_t alignment, size_t n))
{
	void *p = aligned_alloc(alignment, n);

	race_block(p, n);
	return p;
}

DEFINED(void *, memalign, (size_t alignment, size_t n))
{
	void *p = memalign(alignment, n);

	race_block(p, n);
	return p;
}

DEFINED(int, posix_memalign, (void **p, size_t alignment, size_t n))
{
	int error = posix_memalign(p, alignment, n);

	if (!error) {
		WRITES(p, sizeof(*p));
		race_block(*p, n);
	}
	return error;
}

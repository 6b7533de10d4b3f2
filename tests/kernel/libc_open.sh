#!/bin/sh
# Every mode of fopen and every combination of open's flags, on a file that exists and on one that does not: the
# result, errno, what may be read and written, where it is written, and what the file holds afterwards, as C11 and
# POSIX say.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/open.c" <<'PROGRAM'
#include <errno.h>
#include <fcntl.h>
#include <skein.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char at[256], path[280], other[280];
static unsigned failures, checks;

/* Of a row of a table, named by the format and what follows. */
static void check(bool good, const char *what, const char *format, ...)
{
	va_list args;

	checks++;
	if (good || failures++ > 20)
		return;
	printf("%s: ", what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(" (errno %d)\n", errno);
}

/* The file holds this; null: there is none. */
static void prepare(const char *text)
{
	FILE *f;

	unlink(path);
	if (!text)
		return;
	f = fopen(path, "w");
	check(f && fputs(text, f) >= 0 && fclose(f) == 0, "prepare", "%s", text);
}

static bool holds(const char *text)
{
	char is[64] = "";
	FILE *f = fopen(path, "r");

	if (!f)
		return !text;
	is[fread(is, 1, sizeof(is) - 1, f)] = 0;
	fclose(f);
	return text && !strcmp(is, text);
}

enum { R = 1, W = 2, TRUNC = 4, END = 8 };

static const struct {
	const char *mode;
	int missing, there; /* errno of an open of a file that is missing, or there; 0: success */
	unsigned does;
} modes[] = {
    {"r", ENOENT, 0, R},
    {"rb", ENOENT, 0, R},
    {"r+", ENOENT, 0, R | W},
    {"rb+", ENOENT, 0, R | W},
    {"r+b", ENOENT, 0, R | W},
    {"w", 0, 0, W | TRUNC},
    {"wb", 0, 0, W | TRUNC},
    {"w+", 0, 0, R | W | TRUNC},
    {"wb+", 0, 0, R | W | TRUNC},
    {"w+b", 0, 0, R | W | TRUNC},
    {"wx", 0, EEXIST, W},
    {"wbx", 0, EEXIST, W},
    {"w+x", 0, EEXIST, R | W},
    {"wb+x", 0, EEXIST, R | W},
    {"w+bx", 0, EEXIST, R | W},
    {"a", 0, 0, W | END},
    {"ab", 0, 0, W | END},
    {"a+", 0, 0, R | W | END},
    {"ab+", 0, 0, R | W | END},
    {"a+b", 0, 0, R | W | END},
    {"", EINVAL, EINVAL, 0},
    {"x", EINVAL, EINVAL, 0},
    {"b", EINVAL, EINVAL, 0},
    {"+", EINVAL, EINVAL, 0},
    {" r", EINVAL, EINVAL, 0},
    {"R", EINVAL, EINVAL, 0},
    {"q+", EINVAL, EINVAL, 0},
};

/* After "XY" was written at 2 into what the file held. */
static const char *after(const char *held, unsigned does)
{
	if (!(does & W))
		return held;
	if (!held || !*held)
		return does & END ? "XY" : "\0\0XY";
	return does & END ? "0123456789XY" : "01XY456789";
}

static void use_stream(const char *mode, const char *held, unsigned does)
{
	FILE *f = fopen(path, mode);
	int c;

	check(f, "fopen again", "%s", mode);
	if (!f)
		return;
	if (does & END)
		rewind(f); /* C leaves open where one that appends begins to read */
	errno = 0;
	c = fgetc(f);
	if (does & R)
		check(held && *held ? c == *held : c == EOF && feof(f), "reads", "%s: %d", mode, c);
	else
		check(c == EOF && ferror(f) && errno == EBADF, "must not read", "%s: %d", mode, c);
	clearerr(f);
	check(fseek(f, held && *held ? 2 : 0, SEEK_SET) == 0, "seeks", "%s", mode);
	errno = 0;
	c = fputs("XY", f) < 0 || fflush(f) != 0;
	check(does & W ? c == 0 : c && errno == EBADF, "writes", "%s: %d", mode, c);
	fclose(f);
	check(holds(held && *held ? after(held, does) : does & W ? "XY" : held), "holds", "%s", mode);
}

static void one_mode(unsigned i, const char *held)
{
	int expected = held ? modes[i].there : modes[i].missing;
	const char *opened = held && !(modes[i].does & TRUNC) ? held : "";
	FILE *f;

	prepare(held);
	errno = 0;
	f = fopen(path, modes[i].mode);
	check(!f == !!expected && errno == expected, held ? "fopen of a file" : "fopen of none", "%s",
	      modes[i].mode);
	if (f)
		fclose(f);
	check(holds(f ? opened : held), "holds after the open", "%s", modes[i].mode);
	if (f && !strchr(modes[i].mode, 'x')) {
		prepare(held);
		use_stream(modes[i].mode, opened, modes[i].does);
	}
}

static void use_descriptor(int fd, int flags, const char *held)
{
	int access = flags & O_ACCMODE, n;
	char c = 0;

	errno = 0;
	n = read(fd, &c, 1);
	if (access == O_WRONLY)
		check(n == -1 && errno == EBADF, "read", "%#x", flags);
	else
		check(n == (*held != 0) && c == *held, "read", "%#x: %d", flags, n);
	check(lseek(fd, *held ? 2 : 0, SEEK_SET) == (*held ? 2 : 0), "lseek", "%#x", flags);
	errno = 0;
	n = write(fd, "XY", 2);
	check(access == O_RDONLY ? n == -1 && errno == EBADF : n == 2, "write", "%#x: %d", flags, n);
	if (access != O_RDONLY)
		check(lseek(fd, 0, SEEK_CUR) == (!*held ? 2 : flags & O_APPEND ? 12 : 4), "position", "%#x", flags);
	check(close(fd) == 0 && close(fd) == -1 && errno == EBADF, "close", "%#x", flags);
	check(holds(!*held && access != O_RDONLY ? "XY"
	            : after(held, (access != O_RDONLY ? W : 0) | (flags & O_APPEND ? END : 0))), "holds", "%#x", flags);
}

static void one_open(int flags, const char *held)
{
	int expected = held ? flags & O_CREAT && flags & O_EXCL ? EEXIST : 0 : flags & O_CREAT ? 0 : ENOENT;
	bool empties = flags & O_TRUNC && (flags & O_ACCMODE) != O_RDONLY;
	const char *opened = held && !empties ? held : "";
	int fd;

	/* What POSIX leaves undefined. */
	if ((flags & O_EXCL && !(flags & O_CREAT)) || (flags & O_TRUNC && (flags & O_ACCMODE) == O_RDONLY))
		return;
	prepare(held);
	errno = 0;
	fd = open(path, flags, 0666);
	check((fd < 0) == !!expected && errno == expected, held ? "open of a file" : "open of none", "%#x", flags);
	check(holds(fd < 0 ? held : opened), "holds after the open", "%#x", flags);
	if (fd >= 0)
		use_descriptor(fd, flags, opened);
}

static void tables(void)
{
	static const int access[] = {O_RDONLY, O_WRONLY, O_RDWR};
	static const int further[] = {O_CREAT, O_EXCL, O_TRUNC, O_APPEND};
	static const char *const held[] = {"0123456789", "", 0};

	for (unsigned h = 0; h < 3; h++) {
		for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
			one_mode(i, held[h]);
		for (unsigned i = 0; i < 3 << 4; i++) {
			int flags = access[i >> 4];

			for (unsigned bit = 0; bit < 4; bit++)
				flags |= i >> bit & 1 ? further[bit] : 0;
			one_open(flags, held[h]);
		}
		prepare(held[h]);
		errno = 0;
		check(open(path, O_ACCMODE | O_CREAT | O_TRUNC, 0666) == -1 && errno == EINVAL, "access 3", "");
		check(holds(held[h]), "holds after access 3", "");
	}
}

/* What the host says goes on as errno. */
static void errors(void)
{
	char name[300];
	struct stat st;
	int fd;

#define error_is(e, call) (errno = 0, check((call) == -1 && errno == (e), #call, "%s", #e))
	prepare("0123456789");
	snprintf(name, sizeof(name), "%s/x", path);
	error_is(ENOTDIR, open(name, O_RDONLY));
	error_is(ENOTDIR, open(name, O_WRONLY | O_CREAT, 0666));
	snprintf(name, sizeof(name), "%s-none/x", path);
	error_is(ENOENT, open(name, O_WRONLY | O_CREAT, 0666));
	error_is(ENOENT, unlink(name));
	error_is(ENOENT, rename(name, other));
	error_is(ENOENT, stat(name, &st));
	error_is(EISDIR, open(at, O_WRONLY));
	error_is(EISDIR, open(at, O_WRONLY | O_CREAT | O_TRUNC, 0666));
	error_is(EEXIST, open(at, O_WRONLY | O_CREAT | O_EXCL, 0666));
	memset(name, 'n', sizeof(name));
	memcpy(name, "/tmp/", 5);
	name[299] = 0;
	error_is(ENAMETOOLONG, open(name, O_RDONLY));
	fd = open("/dev/full", O_WRONLY);
	error_is(ENOSPC, write(fd, "x", 1));
	error_is(EINVAL, lseek(fd, -1, SEEK_SET));
	error_is(EINVAL, lseek(fd, 0, 9));
	check(isatty(fd) == 0 && errno == ENOTTY, "isatty", "");
	close(fd);
	check(isatty(fd) == 0 && errno == EBADF, "isatty", "closed");
	check(isatty(1) == 1, "isatty", "1");
	error_is(EBADF, write(fd, "x", 1));
	error_is(EBADF, read(fd, name, 1));
	error_is(EBADF, lseek(fd, 0, SEEK_SET));
	error_is(EBADF, fstat(fd, &st));
	error_is(EBADF, close(-1));
	errno = EDOM;
	fd = open(path, O_WRONLY | O_CREAT, 0666);
	check(fd >= 0 && errno == EDOM && close(fd) == 0 && errno == EDOM, "errno", "left alone by what succeeds");
}

enum { LINES = 40, WRITERS = 4, LINE = 8 };
static struct waitgroup done;
static unsigned created;

static void appender(unsigned i)
{
	int fd = open(path, O_WRONLY | O_APPEND);
	char line[LINE + 1];

	for (unsigned n = 0; n < LINES; n++) {
		snprintf(line, sizeof(line), "%c%06u\n", 'a' + i, n);
		check(write(fd, line, LINE) == LINE, "append", "%u", i);
		go_yield();
	}
	close(fd);
	wg_done(&done);
}

static void creator(void)
{
	FILE *f = fopen(path, "wx");

	if (f) {
		__atomic_fetch_add(&created, 1, __ATOMIC_RELAXED);
		fclose(f);
	}
	wg_done(&done);
}

/* Several descriptors of one file: each write goes to the end, wherever the others have moved it. Of those that
 * create a file exclusively at once one succeeds. */
static void together(void)
{
	unsigned next[WRITERS] = {0}, lines = 0;
	char line[LINE + 1];
	FILE *f;

	prepare("");
	wg_add(&done, WRITERS);
	for (unsigned i = 0; i < WRITERS; i++)
		go(appender, i);
	wg_wait(&done);
	f = fopen(path, "r");
	while (fread(line, 1, LINE, f) == LINE) {
		unsigned i = line[0] - 'a';

		line[LINE] = 0;
		check(i < WRITERS && strtoul(line + 1, 0, 10) == next[i]++ && line[7] == '\n', "line", "%s", line);
		lines++;
	}
	fclose(f);
	check(lines == LINES * WRITERS, "lines", "%u", lines);
	for (unsigned round = 0; round < 10; round++) {
		unlink(path);
		created = 0;
		wg_add(&done, 8);
		for (unsigned i = 0; i < 8; i++)
			go(creator);
		wg_wait(&done);
		check(created == 1, "created", "%u", created);
	}
}

/* As many as there are places: returns how many, and closes them. */
static int places(void)
{
	static int fd[100];
	int n = 0;

	while (n < 100 && (fd[n] = open(path, O_RDONLY)) >= 0)
		n++;
	check(errno == EMFILE, "the last open", "%d", n);
	for (int i = 0; i < n; i++)
		close(fd[i]);
	return n;
}

/* What failed keeps no place. */
static void given_back(void)
{
	static const char *const refused[] = {"r", "wx", "q"};
	FILE *f;
	int n;

	for (unsigned round = 0; round < 2; round++) {
		n = places();
		for (unsigned i = 0; i < 300; i++) {
			prepare(i % 3 ? "" : 0);
			f = fopen(path, refused[i % 3]);
			check(!f, "refused", "%s", refused[i % 3]);
		}
		prepare("");
		check(places() == n && n == 64, "places", "%d", n);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 1;
	strcpy(at, argv[1]);
	snprintf(path, sizeof(path), "%s/work", at);
	snprintf(other, sizeof(other), "%s/other", at);
	tables();
	errors();
	together();
	given_back();
	unlink(path);
	printf("%u checks, %u failures\n", checks, failures);
	return failures != 0 || checks < 1000;
}
PROGRAM
for board in ${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32}; do
	tests/run "$dir/open.c" BOARD=$board CORES=4 LIMIT=60 ARGS="$dir" >"$dir/output" 2>&1 ||
		{ echo "$board"; tail -n 30 "$dir/output"; exit 1; }
	left=$(ls "$dir" | tr '\n' ' ')
	[ "$left" = "open.c output " ] || { echo "$board left behind: $left"; exit 1; }
done

#!/bin/sh
# The host's files through semihosting: read one that is named in ARGS, write, extend, seek in, rename and remove others.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/files.c" <<'PROGRAM'
#include <errno.h>
#include <fcntl.h>
#include <skein.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define must(cond) ((cond) ? (void)0 : (printf("line %d: %s (errno %d)\n", __LINE__, #cond, errno), exit(1)))

static char path[256], other[256];

static void copy(const char *from)
{
	char line[256];
	FILE *in = fopen(from, "r"), *out = fopen(path, "w");

	must(in && out);
	for (int n = 1; fgets(line, sizeof(line), in); n++)
		must(fprintf(out, "%d %s", n, line) > 0);
	must(feof(in) && !ferror(in) && fclose(in) == 0 && fclose(out) == 0);
}

static void again(void)
{
	char word[32];
	struct stat st;
	int n;
	FILE *f = fopen(path, "r+");

	must(f && fscanf(f, "%d %31s", &n, word) == 2 && n == 1 && !strcmp(word, "first"));
	must(fseek(f, 2, SEEK_SET) == 0 && fwrite("FIRST", 1, 5, f) == 5);
	must(fseek(f, 0, SEEK_END) == 0 && ftell(f) == 34 && fputs("end\n", f) >= 0);
	must(fseek(f, -4, SEEK_CUR) == 0 && fread(word, 1, 4, f) == 4 && !memcmp(word, "end\n", 4));
	rewind(f);
	must(fgetc(f) == '1' && fclose(f) == 0);
	f = fopen(path, "a");
	must(f && fputs("more\n", f) >= 0 && fclose(f) == 0);
	for (int i = 0; i < 100; i++) /* it keeps no descriptor */
		must(stat(path, &st) == 0 && st.st_size == 43);
}

static void lost(void)
{
	snprintf(other, sizeof(other), "%s.2", path);
	must(rename(path, other) == 0);
	must(!fopen(path, "r") && errno == ENOENT);
	must(remove(path) == -1 && remove(other) == 0 && !fopen(other, "r"));
}

/* What the host cannot read is an error, at the start and in the middle, and not the end of the file. */
static void unreadable(void)
{
	char at[256];
	FILE *f;

	strcpy(at, path);
	*strrchr(at, '/') = 0; /* a directory */
	must(f = fopen(at, "r"));
	errno = 0;
	must(fgetc(f) == EOF && ferror(f) && !feof(f) && errno == EIO);
	must(fseek(f, 8, SEEK_SET) == 0);
	errno = 0;
	clearerr(f);
	must(fgetc(f) == EOF && ferror(f) && !feof(f) && errno == EIO);
	fclose(f);
}

/* Where a descriptor that appends stands. */
static void appended(void)
{
	char c;
	int fd = open(path, O_RDWR | O_APPEND);

	must(fd >= 0 && write(fd, "end", 3) == 3 && lseek(fd, 0, SEEK_CUR) == 46);
	must(lseek(fd, -2, SEEK_CUR) == 44 && read(fd, &c, 1) == 1 && c == 'n');
	must(lseek(fd, -3, SEEK_END) == 43 && read(fd, &c, 1) == 1 && c == 'e');
	must(lseek(fd, -47, SEEK_END) == -1 && errno == EINVAL && lseek(fd, 1, SEEK_CUR) == 45);
	must(read(fd, &c, 1) == 1 && read(fd, &c, 1) == 0 && lseek(fd, 0, SEEK_CUR) == 46 && close(fd) == 0);
}

/* Many at once, each a file of its own, from small stacks. */
static void one(int i, struct waitgroup *wg)
{
	char name[280];
	int v = -1;
	FILE *f;

	snprintf(name, sizeof(name), "%s-%d", path, i);
	must((f = fopen(name, "w")) && fprintf(f, "%d\n", i) > 0 && fclose(f) == 0);
	must((f = fopen(name, "r")) && fscanf(f, "%d", &v) == 1 && v == i && fclose(f) == 0);
	must(remove(name) == 0);
	wg_done(wg);
}

int main(int argc, char **argv)
{
	static struct waitgroup wg;
	char line[64];

	must(argc == 3);
	strcpy(path, argv[2]);
	copy(argv[1]);
	again();
	FILE *f = fopen(path, "r");
	while (fgets(line, sizeof(line), f))
		printf("%s", line);
	fclose(f);
	unreadable();
	appended();
	lost();
	wg_add(&wg, 20);
	for (int i = 0; i < 20; i++)
		go(one, i, &wg);
	wg_wait(&wg);
	return 0;
}
PROGRAM
printf 'first line\nsecond\nno newline' >"$dir/input"
printf '1 FIRST line\n2 second\n3 no newlineend\nmore\n' >"$dir/expected"
for board in ${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32}; do
	tests/run "$dir/files.c" BOARD=$board CORES=4 LIMIT=30 ARGS="$dir/input $dir/work" >"$dir/output" 2>&1 ||
		{ tail -n 20 "$dir/output"; exit 1; }
	tail -n 4 "$dir/output" | cmp - "$dir/expected"
	left=$(ls "$dir" | tr '\n' ' ')
	[ "$left" = "expected files.c input output " ] || { echo "$board left behind: $left"; exit 1; }
done

#!/bin/sh
# An installed tree, moved to another place: a program that is linked by hand has the borrowed stacks, a goroutine's own errno,
# and go_leaks that finds its variables; skein-run runs it and names functions. A link or a compilation that lacks something
# fails with a sentence.
# needs: pkg-config=pkg-config
. "$(dirname "$0")/example_lib.sh"
command -v pkg-config >/dev/null || exit 77
cat >"$tmp/app.c" <<'C'
#include <errno.h>
#include <skein.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

chan(int) forever; /* keeps the one who waits on it from being a leak */
static struct rwmutex shared;

static void deep(chan(int) c)
{
	char text[32];

	errno = 5;
	snprintf(text, sizeof(text), "%.3f", 3.25); /* more stack than a small goroutine has */
	rwmutex_rlock(&shared);
	rwmutex_runlock(&shared);
	chan_send(c, strcmp(text, "3.250") ? 100 : (int)strtol("2", 0, 10));
}

static void waits(chan(int) c)
{
	chan_recv(c, NULL);
}

int main(int argc, char **argv)
{
	chan(int) c = chan_make(int, 0);
	int v, sum = 0;

	errno = 7;
	for (int i = 0; i < 3; i++)
		go_with(go_attr(.stack = 2048), deep, c);
	for (int i = 0; i < 3; i++) {
		chan_recv(c, &v);
		sum += v;
	}
	rwmutex_lock(&shared);
	rwmutex_unlock(&shared);
	if (errno != 7)
		return 9;
	forever = chan_make(int, 0);
	go(waits, forever);
	if (argc > 1 && !strcmp(argv[1], "leak"))
		go(waits, chan_make(int, 0));
	else if (argc > 1)
		chan_recv(c, NULL);
	go_sleep(ms(20));
	return sum - 6;
}
C
for board in $boards; do
	case $board in virt-aarch64 | virt-riscv64 | mps2-an521) ;; *) continue ;; esac
	flock build/examples.lock make -s install PREFIX="$tmp/made" BOARD="$board" >"$tmp/out" 2>&1 || fail "make install fails on $board"
	rm -rf "$tmp/skein"
	mv "$tmp/made" "$tmp/skein"
	there=$tmp/skein/lib/skein/$board
	export PKG_CONFIG_PATH="$tmp/skein/lib/pkgconfig"
	cflags=$(pkg-config --cflags "skein-$board") libs=$(pkg-config --libs "skein-$board")
	gcc=$(sed -n 's/.*the compiler is //p' "$PKG_CONFIG_PATH/skein-$board.pc")
	links() { # words
		$gcc -O1 -g -Wall -Wextra -Werror $cflags "$tmp/app.c" "$@" -o "$tmp/app.elf" >"$tmp/out" 2>&1
	}
	runs() { # status, words
		status=$1
		shift
		"$tmp/skein/bin/skein-run" "$tmp/app.elf" LIMIT=20 CORES=2 "$@" >"$tmp/out" 2>&1
		got=$?
		[ $got = "$status" ] || fail "$board $*: status $got, expected $status"
	}
	links $libs || fail "$board: it does not link by pkg-config"
	runs 0
	runs 0 LEAKS=1
	runs 67 LEAKS=1 ARGS=leak
	runs 70 ARGS=x
	grep -q ' by 0x[0-9a-f]* main (.*app.c:[0-9]' "$tmp/out" || fail "$board: skein-run names no function"
	grep -q 'repeat: .*/bin/skein-run .*app.elf' "$tmp/out" || fail "$board: no command that repeats"
	links -nostdlib -static -L"$there" -T "$there/skein.ld" -lskein -lc -lm -lgcc || fail "$board: it needs more flags"
	runs 0
	"$tmp/skein/bin/skein-link" $gcc -O1 $cflags "$tmp/app.c" $libs -o "$tmp/app.elf" >"$tmp/out" 2>&1 || fail "$board: skein-link fails"
	runs 70 ARGS=x
	grep -q ' by 0x[0-9a-f]* main+[0-9]' "$tmp/out" || fail "$board: skein-link made no table of names"
	links -nostdlib -static -L"$there" -lskein -lc -lm -lgcc && fail "$board: it links without a script"
	grep -q "skein: link with -T skein.ld; pkg-config --libs skein-$board prints" "$tmp/out" || fail "$board: no sentence about the script"
	links -nostdlib -static -L"$there" -T "$there/skein.ld" -lc -lm -lgcc && fail "$board: it links without the kernel"
	links -DCONFIG_CORES=3 $libs && fail "$board: another number of cores is taken"
	grep -q "libskein.a was built with CONFIG_CORES=" "$tmp/out" || fail "$board: no sentence about cores"
done

#!/bin/sh
# No word of ARGS is lost without a sentence: many words, words as long as the line, words that look like the
# kernel's, and a line that does not fit, on every board.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/args.c" <<'PROGRAM'
#include <skein.h>
#include <stdio.h>
#include <string.h>

/* Each word is the program's own to change, and none touches the next. */
int main(int argc, char **argv)
{
	printf("%d words on %u cores:", argc, go_cores());
	for (int i = 1; i < argc; i++) {
		size_t n = strlen(argv[i]);

		if (n > 99)
			printf(" %zu*%c", n, argv[i][n - 1]);
		else
			printf(" %s", argv[i]);
		memset(argv[i], '#', n);
	}
	printf("\n");
	return argv[argc] != 0 || strcmp(argv[0], "main") != 0;
}
PROGRAM

run() { # words, and further options: what the program says
	words=$1
	shift
	tests/run "$dir/args.c" BOARD=$board CORES=2 LIMIT=30 ARGS="$words" "$@" >"$dir/output" 2>&1 && status=0 || status=$?
}

says() { # the expected line, and the status
	[ $status = "${2:-0}" ] && grep -qF -- "$1" "$dir/output" && return
	echo "$board, ARGS=$(printf %.60s "$words"): status $status, no line: $1"
	cut -c 1-300 "$dir/output" | tail -n 5
	exit 1
}

long=$(printf %3000s '' | tr ' ' x)
for board in ${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32 mps2-an521}; do
	run ""
	says "1 words on 2 cores:"
	run "$(seq -s ' ' 500)"
	says "501 words on 2 cores: $(seq -s ' ' 500)"
	run "$long a,b,,c --x=1 end"
	says "5 words on 2 cores: 3000*x a,b,,c --x=1 end"
	run "$long $long end" # that fits nowhere
	says "skein: the command line is longer than CONFIG_ARGS: shorten ARGS" 70
	run "skein. skein skein.txt skein.cores skein.seed.txt xskein.cores=1 skein.Makefile=" SEED=3
	says "8 words on 2 cores: skein. skein skein.txt skein.cores skein.seed.txt xskein.cores=1 skein.Makefile="
	run "a skein.sed=5 skein.cores=1 b"
	says "skein: the program gets the word skein.sed=5, which is no option: the options are skein.seed= skein.cores= skein.maxprocs= skein.leaks= skein.marks= skein.stdin="
	says "4 words on 1 cores: a skein.sed=5 b"
	for number in "" two 0 2x -1 4294967297; do
		run "a skein.cores=$number b"
		says "skein: skein.cores=$number is not possible" 70
	done
	run "a skein.maxprocs=0 b"
	says "skein: skein.maxprocs=0 is not possible" 70
	run "skein.seed= a"
	says "skein: skein.seed= is not possible" 70
	run "skein.cores=99"
	says "skein: skein.cores= asks for more cores than there are" 70
done

#!/bin/sh
# 1,000 goroutines, or 50 on a board with less than a megabyte, printf at once on stacks of 2 KB: every line arrives whole, once, with the right text.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/lines.c" <<'PROGRAM'
#include <skein.h>
#include <stdio.h>
#include <stdlib.h>

static void printer(int i, struct waitgroup *wg)
{
	printf("%f %lld %s\n", i / 8.0, i * 1000000007LL, i % 2 ? "odd" : "even");
	wg_done(wg);
}

int main(int argc, char **argv)
{
	static struct waitgroup wg;
	int lines = atoi(argv[1]);

	wg_add(&wg, lines);
	for (int i = 0; i < lines; i++)
		go(printer, i, &wg);
	wg_wait(&wg);
	return 0;
}
PROGRAM
line='{ printf "%f %.0f %s\n", $1 / 8, $1 * 1000000007, $1 % 2 ? "odd" : "even" }'
for board in ${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32}; do
	lines=1000
	grep -q '^BOARD_MEM := [0-9]*K$' "boards/$board/board.mk" && lines=50
	seq 0 $((lines - 1)) | awk "$line" | sort >"$dir/expected"
	for run in "1 0" "4 0" "4 1"; do
		cores=${run% *} check=${run#* }
		tests/run "$dir/lines.c" BOARD=$board CHECK="$check" CORES="$cores" ARGS=$lines LIMIT=30 >"$dir/output" 2>"$dir/errors" ||
			{ cat "$dir/errors"; tail -n 20 "$dir/output"; exit 1; }
		grep '^[0-9.]* [0-9]* [a-z]*$' "$dir/output" | sort >"$dir/lines"
		cmp "$dir/expected" "$dir/lines" || { echo "$board CORES=$cores CHECK=$check"; diff "$dir/expected" "$dir/lines" | head; exit 1; }
	done
done

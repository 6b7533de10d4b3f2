#!/bin/sh
# 1,000 goroutines on 2 KB stacks printf at once: every line arrives whole, once, with the right text.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/lines.c" <<'PROGRAM'
#include <skein.h>
#include <stdio.h>

static void printer(int i, struct waitgroup *wg)
{
	printf("%f %lld %s\n", i / 8.0, i * 1000000007LL, i % 2 ? "odd" : "even");
	wg_done(wg);
}

int main(void)
{
	static struct waitgroup wg;

	wg_add(&wg, 1000);
	for (int i = 0; i < 1000; i++)
		go(printer, i, &wg);
	wg_wait(&wg);
	return 0;
}
PROGRAM
for i in $(seq 0 999); do
	echo "$i" | awk '{ printf "%f %d%s %s\n", $1 / 8, $1, sprintf("%09d", $1 * 7), $1 % 2 ? "odd" : "even" }'
done | sed 's/ 00*\([0-9]\)/ \1/' | sort >"$dir/expected"
for board in ${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32}; do
	for run in "1 0" "4 0" "4 1"; do
		cores=${run% *} check=${run#* }
		tests/run "$dir/lines.c" BOARD=$board CHECK="$check" CORES="$cores" LIMIT=30 >"$dir/output" 2>"$dir/errors" ||
			{ cat "$dir/errors"; tail -n 20 "$dir/output"; exit 1; }
		grep '^[0-9.]* [0-9]* [a-z]*$' "$dir/output" | sort >"$dir/lines"
		cmp "$dir/expected" "$dir/lines" || { echo "$board CORES=$cores CHECK=$check"; diff "$dir/expected" "$dir/lines" | head; exit 1; }
	done
done

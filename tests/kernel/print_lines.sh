#!/bin/sh
# Lines of printf and of kprintf, short and longer than a piece, from goroutines and with interrupts masked as in a handler,
# arrive whole, each once, and each writer's in its order.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/mixed.c" <<'PROGRAM'
#include <skein.h>
#include <stdio.h>
#include <stdlib.h>

#define SHORT "%c %d -\n"
#define LONG "%c %d 0123456789abcdefghijklmnopqrstuvwxyz 0123456789abcdefghijklmnopqrstuvwxyz 0123456789 -\n"

static int lines;
static struct waitgroup wg;

static void kernel(int name)
{
	for (int i = 0; i < lines; i++)
		if (i % 3)
			kprintf(SHORT, name, i);
		else
			kprintf(LONG, name, i);
	wg_done(&wg);
}

static void output(int name)
{
	for (int i = 0; i < lines; i++)
		if (i % 3)
			printf(SHORT, name, i);
		else
			printf(LONG, name, i);
	wg_done(&wg);
}

/* As a handler prints: masked, at any moment. */
static void masked(int name)
{
	static struct spinlock l;

	for (int i = 0; i < lines; i++) {
		spin_lock(&l);
		kprintf(i % 3 ? SHORT : LONG, name, i);
		spin_unlock(&l);
		if (i % 16 == 0)
			go_yield();
	}
	wg_done(&wg);
}

int main(int argc, char **argv)
{
	lines = argc > 1 ? atoi(argv[1]) : 0;
	wg_add(&wg, 5);
	go(kernel, 'k');
	go(output, 'p');
	go(masked, 'm');
	go(kernel, 'l');
	go(output, 'q');
	wg_wait(&wg);
	return 0;
}
PROGRAM
lines=200
for board in ${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32}; do
	for name in k p m l q; do
		seq 0 $((lines - 1)) | sed "s/^/$name /"
	done | sort >"$dir/expected"
	for run in "1 0" "4 0" "4 1"; do
		cores=${run% *} check=${run#* }
		tests/run "$dir/mixed.c" BOARD=$board CHECK="$check" CORES="$cores" ARGS=$lines LIMIT=60 >"$dir/output" 2>"$dir/errors" ||
			{ cat "$dir/errors"; tail -n 20 "$dir/output"; exit 1; }
		grep -E '^[kpmlq] [0-9]+ (0123456789abcdefghijklmnopqrstuvwxyz 0123456789abcdefghijklmnopqrstuvwxyz 0123456789 )?-$' \
			"$dir/output" | cut -d ' ' -f 1,2 >"$dir/lines" || true
		sort "$dir/lines" | cmp -s "$dir/expected" - ||
			{ echo "$board CORES=$cores CHECK=$check: lines are broken"; sort "$dir/lines" | diff "$dir/expected" - | head; exit 1; }
		sort -s -k 1,1 "$dir/lines" | sort -c -s -k 1,1 -k 2,2n || { echo "$board CORES=$cores CHECK=$check: not in order"; exit 1; }
	done
done

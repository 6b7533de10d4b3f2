#!/bin/sh
# A program that ends on a board without a host, which cannot switch itself off, ends on all cores; a fault is reported once.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS
case ${BOARDS:-mps2-an521} in *mps2-an521* | *musca-b1*) ;; *) exit 77 ;; esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/leave.c" <<'PROGRAM'
#include <skein.h>
#include <unistd.h>

static void talk(void)
{
	for (;;) {
		kprintf("still here\n");
		go_sleep(ms(1));
	}
}

int main(void)
{
	struct spinlock masked = {0};

	for (int i = 0; i < 2; i++)
		go_with(go_attr(.core = i), talk);
	go_sleep(ms(20));
	spin_lock(&masked);
	kprintf("the end\n");
	_exit(0);
}
PROGRAM
cat >"$dir/lost.c" <<'PROGRAM'
int main(void)
{
	__asm__ volatile("mov sp, %0\n1: b 1b" ::"r"(0xdead0000));
}
PROGRAM

run() { # a program, on a board
	flock build/examples.lock make -s image APP="$dir/$1.c" BOARD="$2" >/dev/null
	timeout 3 $(sed -n 's/^QEMU = //p' "boards/$2/board.mk") -display none -monitor none -serial stdio \
		-kernel "$(make -s where APP="$dir/$1.c" BOARD="$2")" </dev/null >"$dir/output" 2>"$dir/errors" || [ $? = 124 ]
	tail -n 3 "$dir/output" "$dir/errors"
}

mkdir -p build
for board in mps2-an521 musca-b1; do
	run leave $board
	grep -q '^still here' "$dir/output"
	grep -q '^the end' "$dir/output"
	# The other core has 10 ms to stop, and would have seconds.
	[ "$(sed '1,/^the end/d' "$dir/output" | wc -l)" -le 20 ]
	run lost $board
	grep -q '^fault: stack pointer that leads nowhere' "$dir/output"
	[ "$(wc -l <"$dir/output")" -le 40 ]
done

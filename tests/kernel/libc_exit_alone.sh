#!/bin/sh
# A program that ends on a board without a host, which cannot switch itself off, ends on all cores.
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
for board in mps2-an521 musca-b1; do
	make -s image APP="$dir/leave.c" BOARD=$board >/dev/null
	image=$(make -s where APP="$dir/leave.c" BOARD=$board)
	timeout 3 $(sed -n 's/^QEMU = //p' boards/$board/board.mk) -display none -monitor none -serial stdio \
		-kernel "$image" </dev/null >"$dir/output" 2>"$dir/errors" || [ $? = 124 ]
	tail -n 3 "$dir/output" "$dir/errors"
	grep -q '^still here' "$dir/output"
	# The other core has 10 ms to stop, and would have seconds.
	[ "$(sed '1,/^the end/d' "$dir/output" | wc -l)" -le 20 ]
done

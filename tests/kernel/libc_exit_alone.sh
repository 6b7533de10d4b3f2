#!/bin/sh
# A program that ends on a board without a host, which cannot switch itself off, ends on all cores.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS
board=mps2-an521
case " ${BOARDS:-$board} " in *" $board "*) ;; *) exit 77 ;; esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/leave.c" <<'PROGRAM'
#include <skein.h>

static void talk(void)
{
	for (;;) {
		kprintf("still here\n");
		go_sleep(ms(1));
	}
}

int main(void)
{
	for (int i = 0; i < 2; i++)
		go_with(go_attr(.core = i), talk);
	go_sleep(ms(20));
	kprintf("the end\n");
	return 0;
}
PROGRAM
make -s image APP="$dir/leave.c" BOARD=$board >/dev/null
image=$(make -s where APP="$dir/leave.c" BOARD=$board)
# The last line may come from the other core while this one prints its own.
timeout 3 $(sed -n 's/^QEMU = //p' boards/$board/board.mk) -display none -monitor none -serial stdio -kernel "$image" \
	</dev/null >"$dir/output" 2>/dev/null || [ $? = 124 ]
tail -n 3 "$dir/output"
grep -q '^still here' "$dir/output"
[ "$(sed '1,/^the end/d' "$dir/output" | wc -l)" -le 1 ]

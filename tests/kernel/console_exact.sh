#!/bin/sh
# What a program writes arrives byte for byte, also what resembles a report or the firmware's table; lines of a report have file
# and line; the firmware's own are left out unless they are asked for.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
printf '\nBoot HART ID : 0\n    at 0x1 main+2\n    at noon main+2, \001\377    by 0x12 main\nno end' >"$tmp/expected"
cat >"$tmp/say.c" <<'PROGRAM'
#include <stdio.h>
#include <skein.h>

int main(int argc, char **argv)
{
	static const char text[] = "\nBoot HART ID : 0\n    at 0x1 main+2\n    at noon main+2, \001\377    by 0x12 main\nno end";

	if (argc > 1)
		chan_recv(chan_make(int, 0), NULL);
	else
		fwrite(text, 1, sizeof(text) - 1, stdout);
}
PROGRAM
fail() {
	echo "$*"
	od -c "$tmp/output" | tail -n 30
	exit 1
}
for board in ${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32}; do
	flock build/examples.lock make -s image APP="$tmp/say.c" BOARD="$board" >"$tmp/output" 2>&1 || fail "$board: not built"
	image=$(make -s where APP="$tmp/say.c" BOARD="$board")
	tests/run "$image" LIMIT=60 >"$tmp/output" || fail "$board: status $?"
	cmp "$tmp/expected" "$tmp/output" || fail "$board: the output has changed on its way"
	tests/run "$image" LIMIT=60 ARGS=deadlock >"$tmp/output" 2>/dev/null && fail "$board: no deadlock"
	grep -q '^    by 0x[0-9a-f]* libc_start+[0-9]* (lib/libc/start.c:[0-9]*)' "$tmp/output" || fail "$board: a place has no line"
	[ "$board" = virt-riscv64 ] || continue
	tests/run "$image" LIMIT=60 FIRMWARE=1 >"$tmp/output" || fail "$board: status $?"
	grep -q '^OpenSBI' "$tmp/output" || fail "FIRMWARE=1 shows none"
done

#!/bin/sh
# make flash: copies the SD folder to a card that has the firmware, prints commands when DRY, refuses what it cannot do; and
# the raw image that lies on the card starts, as the firmware starts it, with and without a host that answers.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/card"

fail() {
	echo "$1"
	cat "$tmp/out"
	exit 1
}

flash() { # what it must print, then make's words
	expected=$1
	shift
	make -s flash APP=examples/hello "$@" >"$tmp/out" 2>&1 && status=0 || status=$?
	grep -q -- "$expected" "$tmp/out" || fail "make flash $* does not print: $expected"
}

flash 'CARD=' BOARD=raspi3
[ $status != 0 ] || fail "flashed no card"
flash 'lacks the firmware.s bootcode.bin and start.elf and fixup.dat' BOARD=raspi3 CARD="$tmp/card"
[ $status != 0 ] || fail "flashed a card without firmware"
flash "cp .*/kernel8.img $tmp/card/kernel8.img" BOARD=raspi3 CARD="$tmp/card" DRY=1
[ $status = 0 ] && [ -z "$(ls "$tmp/card")" ] || fail "a dry run writes"
touch "$tmp/card/bootcode.bin" "$tmp/card/start.elf" "$tmp/card/fixup.dat"
flash "sync" BOARD=raspi3 CARD="$tmp/card"
[ $status = 0 ] && grep -q '^arm_64bit=1$' "$tmp/card/config.txt" || fail "the card is not complete"
flash 'bootm 0x10000000 - ${fdtcontroladdr}' BOARD=zcu102 DRY=1
flash 'cannot open PORT=/nowhere' BOARD=zcu102 PORT=/nowhere
[ $status != 0 ] || fail "flashed over no serial line"

for host in -semihosting ""; do
	timeout 20 qemu-system-aarch64 -M raspi3b -display none -monitor none -serial stdio $host \
		-kernel "$tmp/card/kernel8.img" </dev/null >"$tmp/out" 2>&1 || fail "kernel8.img fails, host: $host"
	[ "$(grep -c '^hello from goroutine' "$tmp/out")" = 4 ] || fail "kernel8.img, host: $host, printed:"
done

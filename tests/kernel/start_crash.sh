#!/bin/sh
# A board that is reset after a fault, without a host, prints the report of that fault when it starts. It does not believe a log
# that is not whole.
set -eu
cd "$(dirname "$0")/../.."
command -v qemu-system-aarch64 >/dev/null && command -v qemu-system-riscv64 >/dev/null || exit 77
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p build
trap '' PIPE # a machine that has ended reads no command

fail() {
	echo "$*"
	tail -n 40 "$tmp/out"
	exit 1
}

reset_after() { # LINE: resets the board once it has printed this; a machine that is off goes on by cont when it has been reset
	until grep -aq "^$1" "$tmp/raw" 2>/dev/null; do
		kill -0 $machine 2>/dev/null || return 0
		sleep 0.1
		echo cont >&3 || return 0
	done
	echo system_reset >&3 || :
}

lives_through() { # BOARD, QEMU and its words
	board=$1
	shift
	flock build/examples.lock make -s image APP=tests/kernel/crash_log.c BOARD="$board" >"$tmp/out" 2>&1 ||
		fail "it does not build: $board"
	set -- "$@" -kernel "$(make -s where APP=tests/kernel/crash_log.c BOARD="$board")"
	rm -f "$tmp/raw" "$tmp/monitor"
	mkfifo "$tmp/monitor"
	timeout -k 5 90 "$@" -display none -no-shutdown -monitor stdio -serial "file:$tmp/raw" <"$tmp/monitor" >"$tmp/errors" 2>&1 &
	machine=$!
	exec 3>"$tmp/monitor"
	reset_after 'skein: exit 71'
	reset_after 'skein: exit 0'
	reset_after 'run 2: '
	exec 3>&-
	kill $machine 2>/dev/null || :
	wait $machine 2>/dev/null || :
	tr -d '\r' <"$tmp/raw" | cat - "$tmp/errors" >"$tmp/out"
	for line in '^run 0: no log$' '^fault: write to an unmapped address, address 0x8$' '^skein: before the last reset:$' \
		'^skein: end of what was before the last reset$' '^run 1: a log$' '^the log is right$' '^run 2: no log$'; do
		grep -q "$line" "$tmp/out" || fail "no line $line: $*"
	done
	[ "$(grep -c '^fault: write' "$tmp/out")" = 2 ] || fail "the report does not stand there twice: $*"
}

lives_through virt-aarch64 qemu-system-aarch64 -M virt,gic-version=3 -cpu cortex-a53 -smp 4 -nic none
lives_through sifive-u qemu-system-riscv64 -M sifive_u -smp 5
lives_through raspi3 qemu-system-aarch64 -M raspi3b
lives_through mps2-an521 qemu-system-arm -M mps2-an521

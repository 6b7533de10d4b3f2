#!/bin/sh
# make run looks for leaks at the end of a program when LEAKS=1 asks for it, and only then.
set -eu
cd "$(dirname "$0")/../.."
command -v qemu-system-aarch64 >/dev/null || exit 77
unset MAKEFLAGS MAKELEVEL MFLAGS

run() # WORD OF MAKE: the last lines of a program that leaks a goroutine
{
	make run APP=tests/kernel/leaks_end.c BOARD=virt-aarch64 CORES=2 ARGS=return LIMIT=40 "$@" 2>&1 || true
}

run -s >/dev/null # builds it
run -s | grep -c '' | grep -qx 1
run -s LEAKS=0 | grep -qx 'the end'
run LEAKS=1 | grep 'nothing can wake this goroutine any more'
run LEAKS=1 | grep 'exit status 67'

#!/bin/sh
# A core that the firmware refuses, or that never comes, is named, and the run goes on without it and those after it: as
# many cores as it says run goroutines, and that all of them sleep is still noticed.
set -eu
cd "$(dirname "$0")/../.."
command -v qemu-system-aarch64 >/dev/null || exit 77
unset MAKEFLAGS MAKELEVEL MFLAGS
out=$(mktemp)
trap 'rm -f "$out"' EXIT

goes_on() # BOARD MORE: core 2 of 4 is missing
{
	apps="tests/kernel/panic_deadlock.c tests/kernel/go_maxprocs.c"
	make -s image APP="$apps" BOARD=$1 >/dev/null
	set -- "$2" $(make -s where APP="$apps" BOARD=$1 | grep '\.elf$')
	status=0
	tests/run "$2" CORES=4 LIMIT=40 ARGS=main MORE="$1" >"$out" 2>&1 || status=$?
	cat "$out"
	test $status = 70
	grep -q '^skein: core 2 of 4 does not start: .* goes on with 2 (skein.cores=2' "$out"
	grep -q '^panic: deadlock: all goroutines are asleep' "$out"
	tests/run "$3" CORES=4 LIMIT=40 MORE="$1"
}

goes_on zcu102 "-smp 2"
# It starts where a branch to itself stands.
goes_on raspi3 "-device loader,addr=0x100,data=0x14000000,data-len=4 -device loader,addr=0x100,cpu-num=2"

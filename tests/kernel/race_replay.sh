#!/bin/sh
# Under exact replay a race that was found with a seed is found again with it, with the same report.
report() { # board
	tests/run tests/kernel/race_report.c RACE=1 BOARD="$1" CORES=4 ICOUNT=3 SEED=7 LIMIT=120 </dev/null 2>&1
	[ $? = 66 ] || echo "status is not 66"
}

for board in ${BOARDS:-virt-aarch64 virt-riscv64}; do
	case $board in virt-aarch64 | virt-riscv64) ;; *) continue ;; esac
	first=$(report $board) again=$(report $board)
	echo "$first"
	echo "$first" | grep -q 'DATA RACE' && [ "$first" = "$again" ] || exit 1
done
# A board without room for the shadow says so.
for board in mps2-an521 virt-riscv32; do
	make -s image RACE=1 BOARD=$board APP=examples/hello 2>&1 | grep "RACE=1 keeps .* $board has no room" || exit 1
done

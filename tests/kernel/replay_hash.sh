#!/bin/sh
# Under exact replay one seed gives one trace of all switches, run after run, and another seed gives another.
hash_of() { # board, seed, cores
	tests/run tests/stress/mutex.c BOARD="$1" OPT=-DCONFIG_TRACE=1 CORES="$3" ICOUNT=3 SEED="$2" LIMIT=120 </dev/null 2>&1 |
		sed -n 's/.*trace \([0-9a-f]\{16\}\).*/\1/p'
}

# The switches of each core count, also of the only one.
alone=$(hash_of virt-aarch64 7 1)
echo "one core: $alone"
[ -n "$alone" ] && [ "$alone" != 0000000000000000 ] || exit 1

for board in ${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32}; do
	first=$(hash_of $board 7 4) again=$(hash_of $board 7 4) other=$(hash_of $board 8 4)
	echo "$board: seed 7 gives $first and $again, seed 8 gives $other"
	[ -n "$first" ] && [ "$first" = "$again" ] && [ -n "$other" ] && [ "$first" != "$other" ] || exit 1
done

#!/bin/sh
# examples/million: a hundred thousand goroutines that wait take the memory that README tells, on stacks that grow and on
# fixed ones.
. "$(dirname "$0")/example_lib.sh"

at_most() { # BYTES WORD...: for each goroutine, with these words of the command line
	most=$1
	shift
	run 0 MEM=1G ARGS="$*"
	each=$(sed -n 's/.* KB, \([0-9]*\) bytes each$/\1/p' "$tmp/out")
	[ -n "$each" ] && [ "$each" -le "$most" ] || fail "$image $*: more than $most bytes each"
	grep -q "^all $1 have ended$" "$tmp/out" || fail "$image $*: not all have ended"
}

for board in $boards; do
	build million "$board"
	case $board in
	*32)
		run 0 ARGS=10000
		;;
	*)
		at_most 4864 100000
		at_most 2300 100000 fixed
		;;
	esac
done

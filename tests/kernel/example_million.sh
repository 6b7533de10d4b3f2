#!/bin/sh
# examples/million: twenty thousand goroutines that wait take the memory that README tells, on stacks that grow and on
# fixed ones. Where stacks do not grow, or memory is short, they all end.
. "$(dirname "$0")/example_lib.sh"

at_most() { # BYTES WORD...: for each goroutine, with these words of the command line
	most=$1
	shift
	run 0 ARGS="$*"
	each=$(sed -n 's/.* KB, \([0-9]*\) bytes each$/\1/p' "$tmp/out")
	[ -n "$each" ] && [ "$each" -le "$most" ] || fail "$image $*: more than $most bytes each"
}

for board in $boards; do
	build million "$board"
	if is_tiny "$board"; then
		n=20
		run 0 ARGS=$n
	elif grep -q '^ARCH_STACKS := fixed' "arch/$(sed -n 's/^ARCH := //p' "boards/$board/board.mk")/arch.mk"; then
		n=1000
		run 0 ARGS=$n
	else
		n=20000
		at_most 4864 $n
		at_most 2300 $n fixed
	fi
	grep -q "^all $n have ended$" "$tmp/out" || fail "$image: not all have ended"
done

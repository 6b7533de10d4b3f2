#!/bin/sh
# examples/sieve: the first primes, in order, on every board.
. "$(dirname "$0")/example_lib.sh"

seq 2 1300 | factor | awk 'NF == 2 { print $2 }' | head -n 200 >"$tmp/primes"
for board in $boards; do
	build sieve "$board"
	run 0 ARGS=200
	grep -E '^[0-9]+$' "$tmp/out" | cmp -s - "$tmp/primes" || fail "sieve on $board printed:"
done

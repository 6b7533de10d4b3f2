#!/bin/sh
# examples/sieve: the first primes, in order, on every board.
. "$(dirname "$0")/example_lib.sh"

for board in $boards; do
	primes=200
	is_tiny "$board" && primes=80
	seq 2 1300 | factor | awk 'NF == 2 { print $2 }' | head -n $primes >"$tmp/primes"
	build sieve "$board"
	run 0 ARGS=$primes
	grep -E '^[0-9]+$' "$tmp/out" | cmp -s - "$tmp/primes" || fail "sieve on $board printed:"
done

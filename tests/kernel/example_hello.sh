#!/bin/sh
# examples/hello: four lines, each once, on every board.
. "$(dirname "$0")/example_lib.sh"

for board in $boards; do
	build hello "$board"
	run 0
	printf 'hello from goroutine %d\n' 0 1 2 3 >"$tmp/expected"
	grep '^hello' "$tmp/out" | sort | cmp -s - "$tmp/expected" || fail "hello on $board said:"
done

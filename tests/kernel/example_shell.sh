#!/bin/sh
# examples/shell: takes its commands from stdin, one after the other, and its status from the last.
. "$(dirname "$0")/example_lib.sh"

printf 'nonsense\n\nhelp\nmem\nspin 5\ntop\nps\nexit 7\nmem\n' >"$tmp/commands"
for board in $boards; do
	build shell "$board"
	run 7 CORES=2 <"$tmp/commands"
	for line in '> nonsense is no command' 'ps    prints every goroutine' 'KB free, 1 goroutines' '   1  *[0-9]*%' \
		'goroutine 1 "main"' 'goroutine .* "spinner"'; do
		grep -q "$line" "$tmp/out" || fail "$board: no line $line"
	done
	[ "$(grep -c 'KB free' "$tmp/out")" = 1 ] || fail "$board: it goes on after exit"
done

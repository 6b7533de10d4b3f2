#!/bin/sh
# examples/eventloop, actors, workers: exactly what each prints, on every board.
. "$(dirname "$0")/example_lib.sh"

cat >"$tmp/eventloop" <<END
sensor 0: 4 readings, mean 1
sensor 1: 4 readings, mean 11
sensor 2: 4 readings, mean 21
3 analysed
END
cat >"$tmp/actors" <<END
ann: 5, balance 5
ann: 7, balance 12
ann: -1, failed
ann: 1, balance 1
ann: -1, failed
ann: -1, failed
ann: 2, failed
bob: 3, balance 3
END
cat >"$tmp/workers" <<END
sum of squares 285
log 0: abcde
log 1: abcde
log 2: abcde
END

for board in $boards; do
	for example in eventloop actors workers; do
		build "$example" "$board"
		run 0
		grep -E '^(sensor|[0-9] analysed|ann|bob|sum|log)' "$tmp/out" | cmp -s - "$tmp/$example" ||
			fail "$example on $board printed:"
	done
done

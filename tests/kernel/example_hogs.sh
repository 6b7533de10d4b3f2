#!/bin/sh
# examples/hogs: a thousand goroutines finish although a hog spins on each core, and hogs have been preempted.
. "$(dirname "$0")/example_lib.sh"

for board in $boards; do
	is_tiny "$board" && continue # has no room for them
	build hogs "$board"
	most=$(cores_of "$board")
	for cores in 1 $((most < 4 ? most : 4)); do
		run 0 CORES=$cores
		grep -q "^1000 goroutines finished beside $cores hogs, [1-9][0-9]* preemptions$" "$tmp/out" ||
			fail "hogs on $board, $cores cores, printed:"
	done
done

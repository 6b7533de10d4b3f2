#!/bin/sh
# examples/wordcount of 20 MB: right, with thousands of goroutines at once, on every board that has room.
. "$(dirname "$0")/example_lib.sh"

python3 - >"$tmp/large" <<'PYTHON'
import random, string
chance = random.Random(7)
words = ["".join(chance.choices(string.ascii_letters, k=chance.randint(1, 14))) for _ in range(20000)]
weights = [1 / (i + 3) for i in range(len(words))]
lines = [" ".join(chance.choices(words, weights, k=chance.randint(0, 24))) + "\n" for _ in range(5000)]
size = 0
while size < 20 << 20:
    line = chance.choice(lines)
    size += len(line)
    print(line, end="")
PYTHON
LC_ALL=C tr -cs A-Za-z '\n' <"$tmp/large" | LC_ALL=C grep . | LC_ALL=C sort | uniq -c | sed 's/^ *//' |
	LC_ALL=C sort -k1,1nr -k2 | head -n 20 >"$tmp/expected"

for board in $boards; do
	is_small "$board" && continue # has no room for thousands
	build wordcount "$board"
	run 0 ARGS="$tmp/large" LIMIT=240
	grep -E '^[0-9]+ [A-Za-z]+$' "$tmp/out" | cmp -s - "$tmp/expected" || fail "$board: wrong:"
	awk '/ goroutine stacks at the peak$/ { peak = $1 } END { exit peak < 2000 }' "$tmp/out" ||
		fail "$board: too few goroutines at once:"
done

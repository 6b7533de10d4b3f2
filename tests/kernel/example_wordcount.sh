#!/bin/sh
# examples/wordcount: counts as tr, sort and uniq do, whatever the lines look like; bad input is a sentence and status 1.
. "$(dirname "$0")/example_lib.sh"

expected() {
	LC_ALL=C tr -cs A-Za-z '\n' <"$1" | LC_ALL=C grep . | LC_ALL=C sort | uniq -c | sed 's/^ *//' |
		LC_ALL=C sort -k1,1nr -k2 | head -n 20
}

same() { # as expected of this file
	run 0 ARGS="$1" CORES="${2:-4}"
	expected "$1" >"$tmp/expected"
	grep -E '^[0-9]+ [A-Za-z]+$' "$tmp/out" | cmp -s - "$tmp/expected" || fail "$board: wrong for $1; it printed:"
}

# In one file, all that a line can be: long and short ones, words about as long as a piece that is read at once, as a buffer
# and far longer, zeros, bytes that are no ASCII, carriage returns, empty lines, no newline at the end.
python3 - "$tmp" <<'PYTHON'
import random, string, sys
chance = random.Random(1)
word = lambda n: "".join(chance.choices(string.ascii_letters, k=n))
known = [word(n) for n in [1, 2, 3, 5, 8, 23, 24, 25, 80, 254, 255, 256, 257, 511, 512, 513, 1000, 5000, 100000]]
between = ["\n", "\n\n", "\r\n", " ", ", ", "\0", "9", "\xe9", "@[`{", " " * 300, "\t"]
mixed = "".join(chance.choice(known[:18]) + chance.choice(between) for _ in range(2000))
lines = "".join(("a" * i + " ") * 3 + "b" * (700 - i) + "\n" for i in range(0, 700, 3))
one_line = "".join(word(chance.randint(1, 9)) + " x" for _ in range(20000))
for name, text in {"mixed": mixed + known[18] + " " + known[18] + "\0" + known[7] + "\nlast", "lines": lines,
                   "one_line": one_line, "one_word": known[18] * 8, "empty": "", "no_word": "1 2\n\n\0"}.items():
    with open(f"{sys.argv[1]}/{name}", "wb") as file:
        file.write(text.encode("latin-1"))
PYTHON

for board in $boards; do
	build wordcount "$board"
	names="mixed lines one_line one_word empty no_word"
	is_small "$board" && names="lines one_line empty no_word" # the others take more than 4 MB
	is_tiny "$board" && names="empty no_word"
	for name in $names; do
		same "$tmp/$name"
	done
	same /usr/share/common-licenses/GPL-3 1
	grep -q '^core goroutines ' "$tmp/out" || fail "$board: no table of cores in:"
	run 1 ARGS=/nowhere/at-all
	grep -q '^wordcount: cannot open /nowhere/at-all: No such file' "$tmp/out" || fail "$board: no sentence in:"
	run 1
	grep -q '^wordcount: give it one file' "$tmp/out" || fail "$board: no sentence in:"
	run 1 ARGS="$tmp"
	grep -q "^wordcount: cannot read $tmp: " "$tmp/out" || fail "$board: no sentence in:"
done

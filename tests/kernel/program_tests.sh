#!/bin/sh
# make check-app: the tests of a program outside the tree run on two boards, with the program's own functions, also those beside
# its main. TAP, JUnit's file, time limits and the commands that repeat a run are right, and what is wrong is said.
. "$(dirname "$0")/example_lib.sh"
program=$tmp/program
mkdir -p "$program/src" "$program/.hidden"
echo 'CFLAGS = -DTIMES=6' >"$program/app.mk"
cat >"$program/main.c" <<'C'
int beside_main(int n);
int beside_main(int n) { return n + 1; }
int main(void) { return 1; }
C
echo 'int times(int n); int times(int n) { return n * TIMES; }' >"$program/src/times.c"
cat >"$program/src/good_test.c" <<'C'
// test: cores=1,2
// test: cores=1 seeds=3 args="a b"
#include <skein.h>
int times(int n), beside_main(int n);
static void later(void *arg)
{
	go_time start = go_now();

	go_sleep(sec(3600));
	*(bool *)arg = go_now() - start == sec(3600);
}
int main(int argc, char **argv)
{
	bool right = false;

	(void)argv;
	go_bubble(later, &right);
	return right && times(7) == 42 && beside_main(4) == 5 && (argc == 1 || argc == 3) ? 0 : 9;
}
C
printf '// test: limit=1 cores=1\nint main(void) { for (volatile int i = 0;; i++); }\n' >"$program/hangs_test.c"
printf '// test: cores=1 expect=70 match="panic: .*queue"\n#include <skein.h>\nint main(void) { chan_send(chan_make(int, 0), 1); }\n' \
	>"$program/panics_test.c"
printf '// test: cores=1\nint times(int n);\nint mian(void); int mian(void) { return times(1); }\n' >"$program/lost_test.c"
echo 'int main(void) { return 1; }' >"$program/.hidden/x_test.c"

check_app() { # status, make's words
	status=$1
	shift
	flock build/examples.lock make -s check-app "$@" >"$tmp/out" 2>&1 && got=0 || got=$?
	[ $got = "$status" ] || fail "check-app $*: status $got, expected $status"
}
has() { # how often, a pattern
	[ "$(grep -c -- "$2" "$tmp/out")" = "$1" ] || fail "not $1 times: $2"
}

boards="virt-aarch64 virt-riscv64"
check_app 2 APP="$program" BOARD="$boards" JUNIT="$tmp/results.xml" TEST="-lost"
has 1 '^1..10$'
for board in $boards; do
	has 2 "^ok .* - src/good_test BOARD=$board CORES=[12] # time="
	has 1 "^ok .* - src/good_test BOARD=$board CORES=1 SEED=3 # time="
	has 1 "^not ok .* - hangs_test BOARD=$board"
	has 1 "^not ok .* - panics_test BOARD=$board"
done
has 2 '^# status 124, expected 0'
has 2 '^# the output does not match'
has 1 '^6 passed, 4 failed, 0 skipped$'
python3 - "$tmp/results.xml" <<'PY' || fail "JUnit's file is wrong"
import sys
import xml.etree.ElementTree as xml
suites = xml.parse(sys.argv[1]).getroot()
assert [suite.get("name") for suite in suites] == ["virt-aarch64", "virt-riscv64"]
for suite in suites:
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", "2", "0"), suite.attrib
    failed = {case.get("name").split()[0]: case.find("failure") for case in suite if case.find("failure") is not None}
    assert sorted(failed) == ["hangs_test", "panics_test"]
    assert failed["hangs_test"].get("message") == "status 124, expected 0"
    assert "panic: deadlock" in failed["panics_test"].text
PY
# The command that is printed repeats the run.
again=$(sed -n 's/^# repeat: \(make check-app .*panics_test .*\)/\1/p' "$tmp/out" | head -n 1)
flock build/examples.lock sh -c "$again" >"$tmp/out" 2>&1 && fail "it passes again: $again"
has 1 '^0 passed, 1 failed, 0 skipped$'
check_app 0 APP="$program" TEST=good_test CORES=2

# A test without a main does not run the program in its place; one without an app.mk above it is told so.
check_app 2 APP="$program" TEST=lost_test
has 1 '^# it does not compile$'
rm "$program/app.mk"
check_app 2 APP="$program/src" CORES=1
has 2 '^# it does not compile: it is linked alone, because no folder at or above it has an app.mk'
check_app 2 APP="$program/.hidden/none"
has 1 'is no folder; name the one that has the tests'
mkdir "$program/empty"
check_app 2 APP="$program/empty"
has 1 'has no test in it or below it; a test is a file x_test.c'
check_app 2 APP="$program" JUNIT=/nowhere/x.xml
has 1 'cannot be written, because its folder does not exist'

# The commands of the page on CI run the tests of its program: each line with check-app, with the folders of this machine.
rm -rf "$tmp/work" && mkdir "$tmp/work" && cp -r examples/ci/queue "$tmp/work/app"
grep -o 'make -C /skein check-app .*' examples/ci/README.md >"$tmp/commands"
[ "$(wc -l <"$tmp/commands")" = 2 ] || fail "the page on CI has not two commands"
while read -r command; do
	rm -f "$tmp/work/results.xml"
	GITHUB_WORKSPACE=$tmp/work CI_PROJECT_DIR=$tmp/work BOARDS=virt-aarch64 flock build/examples.lock \
		sh -c "$(echo "$command" | sed "s#/skein#.#")" >"$tmp/out" 2>&1 </dev/null || fail "it fails: $command"
	grep -q 'name="queue_test .*CORES=2' "$tmp/work/results.xml" || fail "no results of: $command"
done <"$tmp/commands"

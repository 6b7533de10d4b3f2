#!/bin/sh
# What make and tests/run are told wrong ends in a sentence that names it and the cure, and starts nothing; a quote is no
# mistake.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
cache=${SKEIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/skein} # of C libraries, also when HOME is another
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/a b" "$tmp/o'brien" "$tmp/mixed" "$tmp/tree" build
for program in "$tmp/a b/x.c" "$tmp/it's.c" "$tmp/x.c" "$tmp/y.c"; do
	echo 'int main(int argc, char **argv) { return argc == 3 && argv[1][2] == 39 ? 7 : 0; }' >"$program"
done

echo 'int main(void) { return 0; }' | tee "$tmp/x=y.c" >"$tmp/mixed/main.c"
touch "$tmp/mixed/a.s"

refuses() { # the sentence, then make's words
	expected=$1
	shift
	flock build/examples.lock make -s "$@" >"$tmp/out" 2>&1 && status=0 || status=$?
	[ $status != 0 ] && grep -q -- "$expected" "$tmp/out" && ! grep -q Traceback "$tmp/out" && return
	echo "make $*: status $status; it does not say: $expected"
	cat "$tmp/out"
	exit 1
}

# A program that names a device's registers wrong says so before it starts.
for range in '0x40300000, 4 .*lies in the RAM' '0x9030000, 0 .*names no range'; do
	echo "#include <skein.h>
		GO_MAP_DEVICE(${range%% .*}); int main(void) { return 0; }" >"$tmp/device.c"
	refuses "skein: GO_MAP_DEVICE(0x.*${range#* .\*}" run APP="$tmp/device.c" BOARD=virt-aarch64
done
refuses 'BOARD=none is unknown; the boards are: .*virt-aarch64' run BOARD=none
refuses 'CORES=17 is not possible; virt-aarch64 has cores 1 to 16' run CORES=17
refuses 'CORES=two is not possible' run CORES=two
refuses 'nowhere.c is neither a source (.c .S .cpp) nor a folder; name one that exists' run APP=nowhere.c
refuses 'by a path without blanks' run APP="$tmp/a b/x.c"
refuses 'has a quote' run APP="$tmp/it's.c"
refuses 'is 2 programs; name one' run APP="$tmp/x.c $tmp/y.c"
refuses 'INPUT=nothing does not exist' run INPUT=nothing
for flag in CHECK STACKS RACE; do
	refuses 'make install makes the library without CHECK=, STACKS= and RACE=, .*leave them out' install $flag=1 PREFIX="$tmp/made"
	[ ! -e "$tmp/made" ] || exit 1
done
refuses "BORAD= is no variable here; is BOARD= meant" run BORAD=raspi3
refuses "CORE= is no variable here; is CORES= meant" test CORE=2
refuses "app= is no variable here; is APP= meant" run app=examples/hello
refuses 'APP= is empty; name a source' run APP=
refuses 'a path has a =' run APP="$tmp/x=y.c"
refuses 'mixed/a.s is no source that is built' image APP="$tmp/mixed"
refuses 'ICOUNT=99 is not possible: .*0 to 10' run APP="$tmp/x.c" ICOUNT=99
refuses 'SEED=4294967296 is not possible' run APP="$tmp/x.c" SEED=4294967296
refuses 'CORES=abc is not a number' test CORES=abc
refuses 'none of these tests runs with BOARD=virt-aarch64 CORES=2\|runs with CORES=2 BOARD=virt-aarch64' test TEST=panic_misuse.c CORES=2 BOARD=virt-aarch64
refuses "no test's name contains unit/ring -ring" test TEST="unit/ring -ring"
refuses 'CARD=/nonexistent is no folder' flash BOARD=raspi3 APP="$tmp/x.c" CARD=/nonexistent
refuses 'CARD=/nonexistent is no folder' flash BOARD=pico2 APP="$tmp/x.c" CARD=/nonexistent
refuses 'LIMIT=soon is not a number' run APP="$tmp/x.c" LIMIT=soon
refuses 'SEED=odd is not a number' run APP="$tmp/x.c" SEED=odd
refuses 'MEM=much is not a size; write MEM=128M' run APP="$tmp/x.c" MEM=much
refuses 'RAM and MEM is 1M; give MEM=' run APP="$tmp/x.c" MEM=1M
refuses 'BOARD=pico2 is no machine of QEMU' run BOARD=pico2
refuses 'there is no way to flash virt-aarch64 yet' flash APP="$tmp/x.c"
refuses 'PORT=/dev/null is no serial line' flash BOARD=zcu102 APP="$tmp/x.c" PORT=/dev/null
cp -r Makefile boards tools "$tmp/tree"
echo 'BOARD_FAMILY := none' >>"$tmp/tree/boards/raspi3/board.mk"
refuses 'BOARD_FAMILY := none; the families are: .*sbi' -C "$tmp/tree" run BOARD=raspi3 APP="$tmp/x.c"
refuses "o'brien lacks the firmware's" flash BOARD=raspi3 APP="$tmp/x.c" CARD="$tmp/o'brien"
refuses 'exit status 7' run APP="$tmp/x.c" ARGS="it's two"
HOME=$tmp refuses 'exit status 7' run SKEIN_CACHE="$cache" APP='~/x.c' ARGS="it's two"
tests/run --help | grep -q '^  tests/run IMAGE' || { echo "tests/run --help prints no usage"; exit 1; }
tests/run "$tmp/x.c" BORAD=raspi3 2>&1 | grep -q 'BORAD= is no option here; is BOARD= meant' || { echo "tests/run takes BORAD="; exit 1; }
make -s boards FIRMWARE= SKEIN_CACHE="$cache" GIC=2 >/dev/null || { echo "make refuses what it knows"; exit 1; }

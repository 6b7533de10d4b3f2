#!/bin/sh
# What make and tests/run are told wrong ends in a sentence that names it and the cure, and starts nothing; a quote is no
# mistake.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/a b" build
for program in "$tmp/a b/x.c" "$tmp/it's.c" "$tmp/x.c" "$tmp/y.c"; do
	echo 'int main(int argc, char **argv) { return argc == 3 && argv[1][2] == 39 ? 7 : 0; }' >"$program"
done

refuses() { # the sentence, then make's words
	expected=$1
	shift
	flock build/examples.lock make -s "$@" >"$tmp/out" 2>&1 && status=0 || status=$?
	[ $status != 0 ] && grep -q -- "$expected" "$tmp/out" && ! grep -q Traceback "$tmp/out" && return
	echo "make $*: status $status; it does not say: $expected"
	cat "$tmp/out"
	exit 1
}

refuses 'BOARD=none is unknown; the boards are: .*virt-aarch64' run BOARD=none
refuses 'CORES=17 is not possible; virt-aarch64 has cores 1 to 16' run CORES=17
refuses 'CORES=two is not possible' run CORES=two
refuses 'nowhere.c is neither a .c file nor a folder of .c files; name one that exists' run APP=nowhere.c
refuses 'by a path without blanks' run APP="$tmp/a b/x.c"
refuses 'has a quote' run APP="$tmp/it's.c"
refuses 'is 2 programs; name one' run APP="$tmp/x.c $tmp/y.c"
refuses 'INPUT=nothing does not exist' run INPUT=nothing
refuses 'LIMIT=soon is not a number' run APP="$tmp/x.c" LIMIT=soon
refuses 'SEED=odd is not a number' run APP="$tmp/x.c" SEED=odd
refuses 'MEM=much is not a size; write MEM=128M' run APP="$tmp/x.c" MEM=much
refuses 'RAM and MEM is 1M; give MEM=' run APP="$tmp/x.c" MEM=1M
refuses 'BOARD=pico2 is no machine of QEMU' run BOARD=pico2
refuses 'there is no way to flash virt-aarch64 yet' flash APP="$tmp/x.c"
refuses 'PORT=/dev/null is no serial line' flash BOARD=zcu102 APP="$tmp/x.c" PORT=/dev/null
refuses "o'brien lacks the firmware's" flash BOARD=raspi3 APP="$tmp/x.c" CARD="/media/o'brien"
refuses 'exit status 7' run APP="$tmp/x.c" ARGS="it's two"

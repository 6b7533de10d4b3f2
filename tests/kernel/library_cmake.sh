#!/bin/sh
# examples/cmake is built against an installed tree, outside of this one, with CMake and Ninja, for two boards; CTest and the
# target run run it, and without a board CMake is told which there are.
# needs: cmake=cmake ninja=ninja-build aarch64-linux-gnu-g++=g++-aarch64-linux-gnu
. "$(dirname "$0")/example_lib.sh"
command -v cmake >/dev/null && command -v ninja >/dev/null || exit 77
cp -r examples/cmake "$tmp/source"
tried=
for board in $boards; do
	case $board in virt-aarch64 | mps2-an521) ;; *) continue ;; esac
	tried=$board
	flock build/examples.lock make -s install PREFIX="$tmp/skein" BOARD="$board" >"$tmp/out" 2>&1 || fail "make install fails on $board"
	cmake -G Ninja -S "$tmp/source" -B "$tmp/$board" --toolchain "$tmp/skein/lib/skein/$board/toolchain.cmake" -DSKEIN_RUN="CORES=2" \
		>"$tmp/out" 2>&1 || fail "$board: cmake fails"
	cmake --build "$tmp/$board" >"$tmp/out" 2>&1 || fail "$board: ninja fails"
	grep -q warning "$tmp/out" && fail "$board: a warning"
	cmake --build "$tmp/$board" --target run >"$tmp/out" 2>&1 || fail "$board: run fails"
	tr -d '\r' <"$tmp/out" | grep -q '^1000 strokes on 2 cores$' || fail "$board: it does not run"
	(cd "$tmp/$board" && ctest) >"$tmp/out" 2>&1 || fail "$board: ctest fails"
	cmake --build "$tmp/$board" --target flash >"$tmp/out" 2>&1 && fail "$board: it was flashed"
	grep -q "there is no way to flash $board yet" "$tmp/out" || fail "$board: flash says nothing"
done
[ "$tried" ] || exit 77
cmake -G Ninja -S "$tmp/source" -B "$tmp/none" -DSkein_DIR="$tmp/skein/lib/cmake/Skein" >"$tmp/out" 2>&1 && fail "no board is taken for one"
tr -s '\n ' '  ' <"$tmp/out" | grep -q "no board is chosen; configure with --toolchain .*one of: .*$tried" || fail "no sentence"

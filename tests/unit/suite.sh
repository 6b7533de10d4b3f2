#!/bin/sh
# make test asks for all packages before anything is built, and a board that cannot be built fails while the others run.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
fail() {
	echo "$1 in:"
	cat "$tmp/out" "$tmp/asked"
	exit 1
}

# A tree with three boards, one of them without a file.
mkdir "$tmp/boards" "$tmp/tests" "$tmp/tests/kernel"
cp -r Makefile arch kernel lib linker tools "$tmp"
cp tests/suite tests/run tests/*.py "$tmp/tests"
cp tests/kernel/board_1_console.c tests/kernel/*.h tests/kernel/everywhere_coverage.sh "$tmp/tests/kernel"
cp -r boards/board.h boards/chips boards/families boards/virt-aarch64 boards/virt-riscv64 boards/musca-b1 "$tmp/boards"
echo 'include boards/lost.mk' >>"$tmp/boards/musca-b1/board.mk"
mv "$tmp/tools/packages" "$tmp/tools/installs"
printf '#!/bin/sh\necho "$@" >>"%s"\nexec tools/installs "$@"\n' "$tmp/asked" >"$tmp/tools/packages"
chmod +x "$tmp/tools/packages"

make -s -C "$tmp" test TEST=board_1 CORES=1 CHECK=0 >"$tmp/out" 2>&1 && fail "a broken board passes"
grep -q '^2 passed, 1 failed, 0 skipped$' "$tmp/out" || fail "not two pass and one fails"
grep -q '^not ok . - kernel/board_1_console BOARD=musca-b1' "$tmp/out" || fail "not musca-b1 fails"
grep -q '^# .*boards/lost.mk: No such file' "$tmp/out" || fail "no reason"

for need in gcc python3 aarch64-linux-gnu-gcc riscv64-unknown-elf-gcc qemu-system-aarch64 qemu-system-riscv64 \
	/usr/src/newlib /usr/include/stdio.h gdb-multiarch; do
	head -n 1 "$tmp/asked" | tr ' ' '\n' | grep -q "^$need=" || fail "the first call does not ask for $need"
done

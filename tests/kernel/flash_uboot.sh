#!/bin/sh
# make flash over a serial line: U-Boot takes the image on QEMU's virt machines, and starts it on all cores.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL MFLAGS
# needs: sb=lrzsz /usr/lib/u-boot/qemu_arm64=u-boot-qemu
command -v sb >/dev/null && [ -e /usr/lib/u-boot/qemu_arm64 ] || exit 77
tmp=$(mktemp -d)
qemu=
trap '[ -z "$qemu" ] || kill $qemu 2>/dev/null; rm -rf "$tmp"' EXIT

# Boards with U-Boot in a tree of their own: tools/ reads boards/ beside itself.
cp -r tools boards "$tmp"
printf 'BOARD_FLASH := uboot\nBOARD_LOAD := 0x44000000\n' >>"$tmp/boards/virt-aarch64/board.mk"
printf 'BOARD_FLASH := uboot\nBOARD_LOAD := 0x84000000\n' >>"$tmp/boards/virt-riscv64/board.mk"

starts() { # board, the toolchain's prefix, then QEMU's words
	board=$1 cross=$2
	shift 2
	image=$(make -s image where APP=examples/hello BOARD="$board" | tail -n 1)
	"$tmp/tools/image" "$board" "$cross" "$PWD/$image" "$tmp/folder"
	: >"$tmp/qemu" # the machine before had a line too
	# The log has what comes while nobody has the line open, or is slow to read it.
	timeout 300 "$@" -nic none -m 256M -display none -monitor none -semihosting \
		-chardev pty,id=line,logfile="$tmp/out" -serial chardev:line </dev/null >"$tmp/qemu" 2>&1 &
	qemu=$!
	for i in $(seq 100); do
		pty=$(grep -o '/dev/pts/[0-9]*' "$tmp/qemu") && break
		sleep 0.1
	done
	sleep 2 # U-Boot's countdown has begun
	timeout 240 "$tmp/tools/flash" "$board" "$tmp/folder" "PORT=$pty"
	timeout 60 cat "$pty" >/dev/null 2>&1 || true # ends when QEMU does
	wait $qemu
	qemu=
	[ "$(grep -ac 'hello from goroutine' "$tmp/out")" = 4 ] || { cat "$tmp/out"; exit 1; }
}

starts virt-aarch64 aarch64-linux-gnu- qemu-system-aarch64 -M virt,gic-version=3 -cpu cortex-a53 -smp 4 \
	-bios /usr/lib/u-boot/qemu_arm64/u-boot.bin
starts virt-riscv64 riscv64-unknown-elf- qemu-system-riscv64 -M virt -smp 2 \
	-kernel /usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin

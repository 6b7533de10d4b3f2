#!/bin/sh
# What firmware and machines differ in, and QEMU can be asked for: levels of exception, other cores and sizes, no host, a device
# tree with reserved memory or without a clock, a device that is not there.
set -eu
cd "$(dirname "$0")/../.."
command -v qemu-system-aarch64 >/dev/null && command -v qemu-system-riscv64 >/dev/null || exit 77
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

image() { # BOARD APP
	make -s image APP="$2" BOARD="$1" >"$tmp/make" 2>&1 || { cat "$tmp/make"; exit 1; }
	make -s where APP="$2" BOARD="$1"
}

fail() {
	echo "$*"
	tail -n 40 "$tmp/out"
	exit 1
}

run() { # STATUS LINE, QEMU and its words: ends with this status, and one of its lines is this
	status=$1 line=$2
	shift 2
	got=0
	timeout -k 5 20 "$@" -display none -monitor none -serial stdio </dev/null >"$tmp/raw" 2>"$tmp/errors" || got=$?
	tr -d '\r' <"$tmp/raw" | cat - "$tmp/errors" >"$tmp/out"
	[ $got = "$status" ] || fail "status $got, not $status: $*"
	grep -q "^$line" "$tmp/out" || fail "no line $line: $*"
}

hello='hello from goroutine 3$'
host=-semihosting
a=$(image virt-aarch64 examples/hello) p=$(image raspi3 examples/hello) z=$(image zcu102 examples/hello)
r=$(image virt-riscv64 examples/hello) m=$(image virt-riscv32 examples/hello) u=$(image sifive-u examples/hello)
virt="qemu-system-aarch64 -nic none -kernel $a -M virt,gic-version="

# Levels, cores, sizes. From EL3 without firmware the board cannot start its cores.
for words in "3,virtualization=on -cpu cortex-a53 -smp 5 -m 99M" "2,virtualization=on -cpu max -smp 3" "3 -cpu cortex-a76 -smp 7 -m 3G"; do
	run 0 "$hello" $virt$words $host
done
zcu102="qemu-system-aarch64 -audiodev none,id=silent -kernel $z $host -M xlnx-zcu102"
for words in 3,secure=on 2,secure=on 3,secure=on,virtualization=on; do
	run 70 'skein: the board started at EL3' $virt$words -cpu cortex-a53 -smp 4 $host
done
run 70 'skein: the board started at EL3' ${zcu102},secure=on
run 0 "$hello" qemu-system-aarch64 -M raspi3ap -kernel "$p" $host
run 0 "$hello" qemu-system-riscv64 -M virt -nic none -cpu rv64,sstc=false -smp 3 -m 97M -kernel "$r" $host
run 0 "$hello" qemu-system-riscv32 -M virt -nic none -bios none -smp 5 -m 2G -kernel "$m" $host
run 0 "$hello" qemu-system-riscv64 -M sifive_u -smp 2 -m 1G -kernel "$u" $host
# The core that boots need not be number 0.
run 0 "$hello" ${zcu102} -smp 1 -global cortex-a53-arm-cpu.mp-affinity=2

# Without a host: each line ends with a carriage return too, the status is printed, and the power is off. With one: none of it.
ends() { # QEMU and its words
	run 0 'skein: exit 0$' "$@"
	[ "$(grep -ac "$(printf '\r$')" "$tmp/raw")" = "$(grep -ac '' "$tmp/raw")" ] || fail "a line has no carriage return: $*"
	run 0 "$hello" "$@" $host
	! grep -aq "$(printf '\r')\|skein: exit" "$tmp/raw" || fail "a host gets what it has no use for: $*"
}
raw="${p%.elf}.flash/kernel8.img"
ends ${virt}3 -cpu cortex-a53
ends qemu-system-aarch64 -M raspi3ap -kernel "$raw"
ends qemu-system-riscv32 -M virt -nic none -bios none -kernel "$m"
make -s image APP=examples/hello BOARD=sifive-u OPT=-DCONFIG_AT_EXIT=AT_EXIT_REBOOT >"$tmp/make" 2>&1
again=$(make -s where APP=examples/hello BOARD=sifive-u OPT=-DCONFIG_AT_EXIT=AT_EXIT_REBOOT)
run 0 'skein: exit 0$' qemu-system-riscv64 -M sifive_u -smp 3 -kernel "$again" -no-reboot

# The queue of the console is empty before the power goes off: the last access is a look whether it is.
flushed() { # BOARD OFFSET, QEMU and its words: the register that tells, in hexadecimal
	board=$1 offset=$2
	shift 2
	run 0 "$hello" "$@" -kernel "$(image "$board" examples/hello)" $host -trace 'memory_region_ops_*' -D "$tmp/log"
	grep "name '\(pl011\|serial\|uart\|riscv.sifive.uart\)'" "$tmp/log" | tail -n 1 >"$tmp/last"
	grep -q "_read .* addr 0x[0-9a-f]*$offset " "$tmp/last" || fail "the power goes off with text in the queue: $board"
}
flushed virt-aarch64 18 qemu-system-aarch64 -M virt,gic-version=3 -cpu cortex-a53 -nic none
flushed raspi3 18 qemu-system-aarch64 -M raspi3b
flushed zcu102 2c qemu-system-aarch64 -M xlnx-zcu102 -audiodev none,id=silent
flushed virt-riscv64 5 qemu-system-riscv64 -M virt -nic none
flushed virt-riscv32 5 qemu-system-riscv32 -M virt -nic none -bios none
flushed sifive-u 14 qemu-system-riscv64 -M sifive_u -smp 3
flushed mps2-an521 4 qemu-system-arm -M mps2-an521
flushed musca-b1 18 qemu-system-arm -M musca-b1

firmware() { # PLACE IMAGE: what stands on the input runs there before the image, on core 0
	{ printf '.global _start\n_start:\n'; cat; printf 'ldr x9, =%s\nbr x9\n' "$2"; } >"$tmp/firmware.S"
	aarch64-linux-gnu-gcc -nostdlib -static -Wl,-Ttext="$1",--build-id=none -o "$tmp/firmware.elf" "$tmp/firmware.S"
}
before="-device loader,file=$tmp/firmware.elf,cpu-num=0"

# Without disable-bt the Pi's firmware has the UART at Bluetooth's pins, 32 and 33.
firmware 0x1000000 0x80000 <<'PROGRAM'
	mov	w9, #0xfc7
	ldr	x10, =0x3f20000c
	str	w9, [x10]
PROGRAM
run 0 "$hello" qemu-system-aarch64 -M raspi3b -kernel "$p" $host $before -trace 'memory_region_ops_*' -D "$tmp/log"
grep 'addr 0x3f20000c ' "$tmp/log" | tail -n 1 | grep -q 'value 0x7 ' || fail "the UART hears another pin"

# A core that waits to be let in does so at EL1: an interrupt of EL1 need not end the wfi of a higher level.
place=$(aarch64-linux-gnu-nm "$p" | sed -n 's/ t wait$//p')
run 0 "$hello" qemu-system-aarch64 -M raspi3b -kernel "$raw" -d cpu,nochain -dfilter "0x$place+8" -D "$tmp/log"
grep -q 'EL1h' "$tmp/log" || fail "nobody waited"
! grep 'EL[23]h' "$tmp/log" || fail "a core waits at a level where an interrupt need not wake it"

# Before the address space is on, memory takes no exclusive access: neither on the way there nor when a fault is reported. Nor does
# it take an unaligned one, which QEMU shows only to a core that checks.
run 0 "$hello" ${virt}3 -cpu cortex-a53 $host -d in_asm -D "$tmp/log"
sed '/ttbr0_el1/q' "$tmp/log" >"$tmp/early"
grep -q ttbr0_el1 "$tmp/early" || fail "no instruction sets ttbr0_el1"
exclusive='\<\(ld\|st\)[al]*xr\|\<dc *zva\|\<[ld]*[sdq][0-9][0-9]*,'
! grep "$exclusive" "$tmp/early" || fail "an access that uncached memory does not take"
offset=$((0x$(aarch64-linux-gnu-nm "$a" | sed -n 's/ T gicv3_init$//p') - 0x$(aarch64-linux-gnu-nm "$a" | sed -n 's/ T _start$//p')))
start=$(aarch64-linux-gnu-readelf -lW "$a" | awk '$1 == "LOAD" { print $2; exit }')
broken() { # OCTAL: an image with this instruction in the place of the first that has to do with the interrupt controller
	cp "$a" "$tmp/broken.elf"
	# shellcheck disable=SC2059
	printf "$1" | dd of="$tmp/broken.elf" bs=1 seek=$((start + offset)) conv=notrunc 2>/dev/null
}
broken '\340\023\100\270' # ldur w0, [sp, #1]
run 71 'fault: unaligned access' ${virt}3 -cpu cortex-a53 $host -kernel "$tmp/broken.elf"
broken '\000\000\040\324' # brk #0
run 71 'fault: breakpoint instruction' ${virt}3 -cpu cortex-a53 $host -kernel "$tmp/broken.elf" -d in_asm -D "$tmp/log"
grep -q '^    at 0x[0-9a-f]* gicv3_init+0' "$tmp/out" || fail "the report does not name the place"
! grep "$exclusive" "$tmp/log" || fail "the report makes an access that uncached memory does not take"
run 71 'fault: ' qemu-system-riscv64 -M virt,aia=aplic -nic none -kernel "$r" $host
run 71 'fault: ' qemu-system-riscv32 -M virt,aia=aplic -nic none -bios none -kernel "$m" $host

# What EL2's registers hold after a reset, or after firmware, is not known.
firmware 0x43000000 0x40200000 <<'PROGRAM'
	mov	x9, #0xffff
	msr	mdcr_el2, x9		// debug events and counters are EL2's
	msr	hstr_el2, x9
	msr	vttbr_el2, x9
	msr	cntvoff_el2, x9
	msr	cnthctl_el2, xzr
	movk	x9, #0xffff, lsl #16
	msr	cptr_el2, x9
	mov	x9, #4 << 32
	movk	x9, #0x8800, lsl #16
	msr	hcr_el2, x9		// E2H, TGE, RW: names of EL1 are EL2's registers
	isb
PROGRAM
for cpu in cortex-a53 max; do
	virt2="${virt}3,virtualization=on -cpu $cpu -smp 2 $host $before"
	run 0 "$hello" $virt2
	run 71 'fault: breakpoint instruction' $virt2 -kernel "$tmp/broken.elf"
done

# A clock of 0 Hz is refused.
qemu-system-riscv32 -M virt,dumpdtb="$tmp/tree" -nic none -bios none 2>/dev/null
sed 's/timebase-frequency/timebase-frequencx/' "$tmp/tree" >"$tmp/tree.0"
run 70 'skein: the clock has no rate' qemu-system-riscv32 -M virt -nic none -bios none -kernel "$m" $host -dtb "$tmp/tree.0"

# Reserved memory keeps what it holds, though the program takes all RAM that it can get.
cat >"$tmp/take.c" <<'PROGRAM'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	unsigned n = 0;

	for (char *p; (p = malloc(1 << 16)); n++)
		memset(p, n, 1 << 16);
	printf("%u MB\n", n >> 4);
}
PROGRAM
cat >"$tmp/reserve.py" <<'PROGRAM'
"""Adds two reserved ranges to a device tree, one in each of the two ways, and fills them in a file that is the RAM."""
import struct, sys
tree, ram, base, by_node, by_block = sys.argv[1], sys.argv[2], *(int(word, 0) for word in sys.argv[3:6])
SIZE = 0x100000
with open(tree, "rb") as file:
    blob = file.read()
head = list(struct.unpack_from(">10I", blob))
_, _, at, names, _, _, _, _, names_size, at_size = head
strings = blob[names:names + names_size] + b"reg\0ranges\0"


def begin(name):
    name += b"\0"
    return struct.pack(">I", 1) + name + bytes(-len(name) % 4)


value = struct.pack(">QQ", by_node, SIZE)
node = begin(b"reserved-memory") + begin(b"firmware@1") + struct.pack(">3I", 3, len(value), names_size) + value
node += struct.pack(">2I", 2, 2)
structure = blob[at:at + at_size]
end = structure.rindex(struct.pack(">2I", 2, 9))  # of the root
structure = structure[:end] + node + structure[end:]
block = struct.pack(">4Q", by_block, SIZE, 0, 0)
head[3], head[2], head[4] = 40 + len(block) + len(structure), 40 + len(block), 40
head[1], head[8], head[9] = head[3] + len(strings), len(strings), len(structure)
with open(tree, "wb") as file:
    file.write(struct.pack(">10I", *head) + block + structure + strings)
with open(ram, "r+b") as file:
    for start in by_node, by_block:
        file.seek(start - base)
        file.write(b"\x5a" * SIZE)
PROGRAM
reserve() { # BOARD BASE NODE BLOCK MB, QEMU and its words: the RAM ends where the first of both begins
	board=$1 base=$2 node=$3 block=$4 mb=$5
	shift 5
	take=$(image "$board" "$tmp/take.c")
	"$@,dumpdtb=$tmp/tree" -nic none -m 64M >/dev/null 2>&1
	rm -f "$tmp/ram"
	truncate -s 64M "$tmp/ram"
	python3 "$tmp/reserve.py" "$tmp/tree" "$tmp/ram" "$base" "$node" "$block"
	run 0 "$mb MB" "$@",memory-backend=ram -object "memory-backend-file,id=ram,size=64M,mem-path=$tmp/ram,share=on" -m 64M \
		-nic none -kernel "$take" $host -dtb "$tmp/tree"
	python3 - "$tmp/ram" $((node - base)) $((block - base)) <<'PROGRAM' || fail "reserved memory has changed: $*"
import sys
with open(sys.argv[1], "rb") as file:
    for start in sys.argv[2:]:
        file.seek(int(start))
        assert file.read(0x100000) == b"\x5a" * 0x100000, start
PROGRAM
}
reserve virt-aarch64 0x40000000 0x43000000 0x42800000 37 qemu-system-aarch64 -cpu cortex-a53 -M virt
reserve virt-riscv64 0x80000000 0x82000000 0x83f00000 29 qemu-system-riscv64 -M virt

# RAM in two nodes, of which QEMU's device tree lists the upper one first.
two="-object memory-backend-ram,id=a,size=128M -object memory-backend-ram,id=b,size=128M -numa node,memdev=a -numa node,memdev=b"
run 0 '25[0-9] MB$' ${virt}3 -cpu cortex-a53 -m 256M $two $host -kernel "$(image virt-aarch64 "$tmp/take.c")"

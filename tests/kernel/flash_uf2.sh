#!/bin/sh
# make flash to the USB drive of an RP2350, and every example's image for it, which nothing here can run: image.uf2 is taken
# apart as the boot ROM does (RP2350 datasheet, 5.5.2, 5.9 and 5.10.3), and what it would load is compared with the ELF image.
. "$(dirname "$0")/example_lib.sh"
mkdir "$tmp/drive"

cat >"$tmp/boot.py" <<'END'
import struct, sys
RAM, RAM_END, FLASH = 0x20000000, 0x20082000, 0x10000000

with open(sys.argv[1], "rb") as file:
    sectors = file.read()
assert sectors and len(sectors) % 512 == 0
flash = b""
for i in range(len(sectors) // 512):
    *start, data, end = struct.unpack_from("<8I476sI", sectors, i * 512)
    assert start == [0x0a324655, 0x9e5d5157, 0x2000, FLASH + i * 256, 256, i, len(sectors) // 512, 0xe48bff59], (i, start)
    assert end == 0x0ab16f30 and not any(data[256:])
    flash += data[:256]


def word(offset):
    return int.from_bytes(flash[offset:offset + 4], "little")


block = next(offset for offset in range(0, 4096, 4) if word(offset) == 0xffffded3)
items, at = [], block + 4
while word(at) & 0xff != 0xff:
    header = word(at)
    items.append((header & 0xff, at))
    at += 4 * (header >> 8 & (0xffff if header & 0x80 else 0xff))
assert word(at) >> 8 == (at - block - 4) // 4, "the last item has not the size of the others"
assert word(at + 4) == 0, "the block does not link to itself"
assert word(at + 8) == 0xab123579 and at + 12 - block <= 384
assert [kind for kind, _ in items] == [0x42, 6, 3]
(_, image_type), (_, load_map), (_, vectors) = items
assert word(image_type) >> 8 == 0x102101, "not for ARM, secure, RP2350, to run"
assert word(load_map) >> 24 == 1 and word(vectors) >> 8 == 2

ram = bytearray(b"\xa5") * (RAM_END - RAM)
distance, to, size = (word(load_map + offset) for offset in (4, 8, 12))
assert not (distance | to | size) & 3 and RAM <= to and to + size <= RAM_END and load_map + distance + size <= len(flash)
ram[to - RAM:to - RAM + size] = flash[load_map + distance:load_map + distance + size]

with open(sys.argv[2], "rb") as file:
    elf = file.read()
assert elf[:5] == b"\x7fELF\1"
entry, segments, n = struct.unpack_from("<II12xH", elf, 24)
compared = 0
for i in range(n):
    kind, offset, address, _, stored, needed = struct.unpack_from("<6I", elf, segments + i * 32)
    if kind == 1:
        assert RAM <= address and address + needed <= RAM_END, "it does not fit"
        assert ram[address - RAM:address - RAM + stored] == elf[offset:offset + stored], f"segment {i} differs"
        compared += stored
assert 0 <= size - compared < 4, (size, compared)

table = word(vectors + 4)
sp, pc = struct.unpack_from("<II", ram, table - RAM)
assert table % 1024 == 0 and sp % 8 == 0 and RAM < sp <= RAM_END and pc == entry and pc & 1
print(f"{compared} bytes in {n} segments, block at {block:#x}, vectors at {table:#x}")
END

for example in $(dirname examples/*/*.c | uniq); do
	build "${example#examples/}" pico2
	python3 "$tmp/boot.py" "${image%.elf}.flash/image.uf2" "$image" >>"$tmp/out" 2>&1 || fail "$example: image.uf2 is wrong:"
done

flash() { # what it must print, then make's words
	expected=$1
	shift
	flock build/examples.lock make -s flash APP=examples/hello BOARD=pico2 "$@" >"$tmp/out" 2>&1 && status=0 || status=$?
	grep -q -- "$expected" "$tmp/out" || fail "make flash $* does not print: $expected"
}

flash 'CARD='
[ $status != 0 ] || fail "flashed no drive"
flash "$tmp/drive has no INFO_UF2.TXT" CARD="$tmp/drive"
[ $status != 0 ] || fail "flashed what is no board's drive"
flash "cp .*/image.uf2 $tmp/drive/image.uf2" CARD="$tmp/drive" DRY=1
[ $status = 0 ] && [ -z "$(ls "$tmp/drive")" ] || fail "a dry run writes"
touch "$tmp/drive/INFO_UF2.TXT"
flash 'sync' CARD="$tmp/drive"
[ $status = 0 ] || fail "the drive is not flashed"
build hello pico2
cmp "${image%.elf}.flash/image.uf2" "$tmp/drive/image.uf2" || fail "the drive has another image"

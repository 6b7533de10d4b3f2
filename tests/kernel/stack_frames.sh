#!/bin/sh
# What tools/stack reads in machine code is what the compiler says of each function, on every instruction set. The compiler
# (gcc 12) forgets the registers that a function with `...` pushes on ARM, 16 bytes at most.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS # an outer make's variables are not for ours
mkdir -p build
: "${BOARDS:=virt-aarch64 virt-riscv64 virt-riscv32 mps2-an521}"
failed=0
for board in $BOARDS; do
	case $board in virt-aarch64 | virt-riscv64 | virt-riscv32 | mps2-an521) ;; *) continue ;; esac
	made=$(flock build/examples.lock make -s image where objects APP=examples/wordcount BOARD="$board") || exit 1
	image=$(echo "$made" | grep '\.elf$')
	libc=$(echo "$made" | awk 'END { print $2 }')
	python3 - "$image" "${image%%/app/*}" "${libc%/*/lib/libc.a}/obj" <<'END' || { echo "on $board"; failed=1; }
import re, sys
from glob import glob
sys.path[:0] = ["tools", "tests"]
sys.setrecursionlimit(10000)
from machine_code import Image
from qemu import board_of

image, *folders = sys.argv[1:]
said = {}
for folder in folders:
    for path in glob(folder + "/**/*.su", recursive=True):
        with open(path) as file:
            for line in file:
                place, n, kind = line.rstrip().split("\t")
                said.setdefault(place.split(":")[-1], []).append((int(n), "dynamic" in kind))
code = Image(image, board_of(image)["CROSS"])
more = 16 if code.thumb else 0
same = 0
for address, name in code.functions.items():
    frames = said.get(name, [])
    # of names without a dot, which are a function's alone, and of one source
    if "." not in name and len(frames) == 1 and code.sizes[address] and name not in ("memset", "memcpy", "strcmp"):
        n, dynamic = frames[0]
        body = code.body(address)
        same += body.depth == n
        if not n <= body.depth <= n + more or bool(body.alloca) != dynamic:
            sys.exit(f"{name} uses {body.depth} bytes, and the compiler says {n}{', and more' * dynamic}")
if same < 200:
    sys.exit(f"only {same} functions were compared")
END
done
exit $failed

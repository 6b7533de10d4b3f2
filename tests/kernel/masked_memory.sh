#!/bin/sh
# What takes memory, gives it, counts or prints masks interrupts for at most 500 instructions. A go with interrupts masked,
# for which no ended goroutine is at hand, takes at most 700.
for board in virt-aarch64 virt-riscv64; do
	tests/masked tests/kernel/masked_memory.c tests/kernel/masked_pages.c BOARD=$board CORES=1 MOST=500 || exit 1
	tests/masked tests/kernel/masked_go.c BOARD=$board CORES=1 MOST=700 || exit 1
done

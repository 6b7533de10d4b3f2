#!/bin/sh
# No operation of channels, selects and sync masks interrupts for more than 500 instructions, whoever waits. On one core,
# where no goroutine is stolen.
status=0
for board in virt-aarch64 virt-riscv64; do
	tests/masked tests/kernel/chan_masked.c tests/kernel/select_large.c BOARD=$board CORES=1 MOST=500 || status=1
done
exit $status

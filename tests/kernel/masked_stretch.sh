#!/bin/sh
# Interrupts are masked for at most 500 instructions, whatever the stress programs do; crowd closes a channel with 10,000
# waiters.
for board in virt-aarch64 virt-riscv64; do
	tests/masked tests/stress/crowd.c tests/stress/selects.c tests/stress/spawn.c tests/stress/timeouts.c \
		BOARD=$board MOST=500 || failed=1
done
exit ${failed:-0}

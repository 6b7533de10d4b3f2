#!/bin/sh
# everywhere_preempt interrupts at least 95 % of the instructions that its operations execute with interrupts and preemption on.
# needs: gdb-multiarch=gdb-multiarch
command -v gdb-multiarch >/dev/null || exit 77
status=77
for board in ${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32}; do
	grep -q "without=.*$board" tests/kernel/everywhere_preempt.c && continue
	tests/coverage "$board" || exit 1
	status=0
done
exit $status

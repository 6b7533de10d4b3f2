#!/bin/sh
# everywhere_preempt interrupts at least 95 % of the instructions that its operations execute with interrupts on.
command -v gdb-multiarch >/dev/null || exit 77
tests/coverage virt-aarch64 && tests/coverage virt-riscv64

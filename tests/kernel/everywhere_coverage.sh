#!/bin/sh
# everywhere_preempt interrupts at least 95 % of the instructions that its operations execute with interrupts on.
command -v gdb-multiarch >/dev/null || exit 77
for board in $(cd boards && echo virt-*); do
	tests/coverage "$board" || exit 1
done

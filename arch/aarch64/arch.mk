CROSS := aarch64-linux-gnu-
# The compiler is made for Linux: no position independence, no helpers of its libc. Two errata of the Cortex-A53 of which the
# code itself must keep clear.
ARCH_CFLAGS := -march=armv8-a -mfix-cortex-a53-835769 -mfix-cortex-a53-843419 -mstrict-align -mno-outline-atomics \
	-fno-pie -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables -fno-omit-frame-pointer
# An interrupt saves no floating-point registers (kernel, arch and boards).
ARCH_KERNEL_CFLAGS := -mgeneral-regs-only
# A frame of more than 64 KB is touched step by step, so that it cannot pass over the guard below a stack.
ARCH_PROGRAM_CFLAGS := -fstack-clash-protection
NEWLIB_HOST := aarch64-none-elf
NEWLIB_CFLAGS := $(ARCH_CFLAGS) -ffreestanding
ARCH_PACKAGES := gcc-aarch64-linux-gnu
# Where the package of the C compiler lacks g++.
ARCH_CXX_PACKAGE := g++-aarch64-linux-gnu

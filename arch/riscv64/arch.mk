include arch/riscv/riscv.mk
ARCH_CFLAGS := -march=rv64gc -mabi=lp64d $(ARCH_CFLAGS)
# An interrupt saves no floating-point registers (kernel, arch and boards).
ARCH_KERNEL_CFLAGS := $(patsubst %,-ffixed-f%,0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 \
	20 21 22 23 24 25 26 27 28 29 30 31)
# alloca is touched step by step, so that it cannot pass over the guard below a stack. The compiler does not do so for a
# frame, but warns of one that is as large as the guard.
ARCH_PROGRAM_CFLAGS := -fstack-clash-protection -Wframe-larger-than=131072
NEWLIB_HOST := riscv64-unknown-elf

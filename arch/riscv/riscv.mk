# What RV64 and RV32 have in common; the files too.
CROSS := riscv64-unknown-elf-
# There is no __global_pointer$, so the linker makes nothing relative to gp, which is the core's.
ARCH_CFLAGS := -mcmodel=medany -ffixed-gp -ffixed-tp -fno-asynchronous-unwind-tables
ARCH_SHARED := arch/riscv
NEWLIB_CFLAGS = $(ARCH_CFLAGS) -ffreestanding
ARCH_PACKAGES := gcc-riscv64-unknown-elf

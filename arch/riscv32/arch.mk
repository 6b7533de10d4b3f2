include arch/riscv/riscv.mk
# By the older specification zicsr is part of the base; gcc 12 knows no library for rv32imac_zicsr and takes that of RV64.
ARCH_CFLAGS := -march=rv32imac -misa-spec=2.2 -mabi=ilp32 $(ARCH_CFLAGS)
ARCH_STACKS := fixed
NEWLIB_HOST := riscv32-unknown-elf

# QEMU's virt machine for RV64, in S-mode above OpenSBI
ARCH := riscv64
BOARD_FAMILY := sbi
CHIPS := ns16550 sifive_test
BOARD_CORES := 8
BOARD_MEM := 128M
QEMU = qemu-system-riscv64 -M virt -nic none
BOARD_PACKAGES := qemu-system-misc
BOARD_DEVICE := ns16550 0x10000000 10

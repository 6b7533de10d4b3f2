# SiFive's HiFive Unleashed (FU540): four U54 harts of RV64GC in S-mode above OpenSBI; hart 0 has no S-mode
ARCH := riscv64
BOARD_FAMILY := sbi
CHIPS := sifive_uart sifive_gpio semihost
BOARD_CORES := 4
BOARD_MEM := 128M
BOARD_MEM_MOST := 8G
BOARD_DEVICE := sifive_uart 0x10010000 4
BOARD_LIKE := virt-riscv64
BOARD_FLASH := uboot
BOARD_LOAD := 0x90000000
BOARD_PACKAGES := qemu-system-misc
# Harts beside those: hart 0.
BOARD_ASIDE := 1
QEMU = qemu-system-riscv64 -M sifive_u

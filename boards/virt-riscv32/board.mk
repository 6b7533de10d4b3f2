# QEMU's virt machine for RV32, in machine mode without firmware
ARCH := riscv32
CHIPS := ns16550 clint plic sifive_test fdt fdt_board
BOARD_CORES := 8
BOARD_MEM := 128M
QEMU = qemu-system-riscv32 -M virt -bios none -nic none
BOARD_PACKAGES := qemu-system-misc
BOARD_DEVICE := ns16550 0x10000000 10

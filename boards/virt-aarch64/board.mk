# QEMU's virt machine for AArch64, with GICv3 or GICv2 (GIC=2)
ARCH := aarch64
BOARD_FAMILY := gic
CHIPS := pl011 pl061 psci fdt fdt_board semihost
BOARD_CORES := 16
BOARD_MEM := 256M
# GIC=2 has eight cores at most.
GIC ?= 3
QEMU = qemu-system-aarch64 -M virt,gic-version=$(GIC) -cpu cortex-a53 -nic none
BOARD_PACKAGES := qemu-system-arm
BOARD_DEVICE := pl011 0x09000000 33

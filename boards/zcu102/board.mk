# AMD's ZCU102 (Zynq UltraScale+): four Cortex-A53 above its PSCI firmware
ARCH := aarch64
BOARD_FAMILY := gic
CHIPS := cadence_uart psci fdt fdt_board semihost
BOARD_CORES := 4
BOARD_MEM := 256M
BOARD_MEM_MOST := 2G
BOARD_LIKE := virt-aarch64
BOARD_FLASH := uboot
BOARD_LOAD := 0x10000000
BOARD_PACKAGES := qemu-system-arm
QEMU = qemu-system-aarch64 -M xlnx-zcu102 -smp 4 -audiodev none,id=silent
BOARD_DEVICE := cadence_uart 0xff000000 53

# Raspberry Pi 3: four Cortex-A53, started from an SD card
ARCH := aarch64
CHIPS := pl011 bcm2836_irq bcm2835_soc bcm2835_gpio spin_table arm_timer semihost
BOARD_CORES := 4
BOARD_MEM := 960M
BOARD_DEVICE := pl011 0x3f201000 57
BOARD_LIKE := virt-aarch64
BOARD_FLASH := sd
BOARD_FIRMWARE := bootcode.bin start.elf fixup.dat
BOARD_PACKAGES := qemu-system-arm
# The machine has 1 GB, of which the graphics processor keeps the end.
QEMU = qemu-system-aarch64 -M raspi3b -smp 4 -m 1G

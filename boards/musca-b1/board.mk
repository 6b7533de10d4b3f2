# ARM Musca-B1: two Cortex-M33 with floating-point units
ARCH := armv8m
BOARD_FPU := yes
BOARD_FAMILY := sse200
CHIPS := pl011
BOARD_CORES := 2
BOARD_CLUSTERS := 2
BOARD_MEM := 512K
BOARD_CONFIG := -DCONFIG_FREE_BATCH=4 -DCONFIG_PAGES_KEPT=2
BOARD_DEVICE := pl011 0x50105000 44
BOARD_LIKE := mps2-an521
BOARD_PACKAGES := qemu-system-arm
# The machine has its RAM and no choice.
QEMU = qemu-system-arm -M musca-b1 -smp 2 -m 512K

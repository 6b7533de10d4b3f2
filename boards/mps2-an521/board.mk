# ARM MPS2 with the image AN521: two Cortex-M33
ARCH := armv8m
BOARD_FAMILY := sse200
CHIPS := cmsdk_uart mps2_fpgaio
BOARD_CORES := 2
BOARD_CLUSTERS := 2
BOARD_MEM := 4M
BOARD_DEVICE := cmsdk_uart 0x50200000 33
BOARD_PACKAGES := qemu-system-arm
# The machine has 16 MB more, not secure, of which nothing here is used.
QEMU = qemu-system-arm -M mps2-an521 -smp 2 -m 16M

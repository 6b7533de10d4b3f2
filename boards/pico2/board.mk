# Raspberry Pi Pico 2: two Cortex-M33, console on pins 0 and 1
ARCH := armv8m
CHIPS := pl011 nvic systick rp2350_soc rp2350_sio rp2350_gpio semihost
BOARD_FPU := 1
BOARD_CORES := 2
BOARD_MEM := 520K
BOARD_CONFIG := -DCONFIG_FREE_BATCH=4 -DCONFIG_PAGES_KEPT=2
BOARD_DEVICE := pl011 0x40070000 33
BOARD_FLASH := uf2
# RP2350, ARM, secure
BOARD_UF2 := 0xe48bff59

# Prints what BOARD needs, as tools/packages takes it: make -s -f tools/needs.mk BOARD=name
include boards/$(BOARD)/board.mk
include arch/$(ARCH)/arch.mk
$(info $(ARCH_PACKAGES:%=$(CROSS)gcc=%) $(BOARD_PACKAGES:%=$(firstword $(QEMU))=%))
all: ;

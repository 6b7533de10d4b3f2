# Prints what BOARD needs, as tools/packages takes it: make -s -f tools/needs.mk BOARD=name [HAS_CXX=yes]
include boards/$(BOARD)/board.mk
include arch/$(ARCH)/arch.mk
$(info $(ARCH_PACKAGES:%=$(CROSS)gcc=%) $(if $(HAS_CXX),$(ARCH_CXX_PACKAGE:%=$(CROSS)g++=%)) $(BOARD_PACKAGES:%=$(firstword $(QEMU))=%))
all: ;

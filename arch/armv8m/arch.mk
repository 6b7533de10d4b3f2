# Cortex-M33, the cores of which may lack the floating-point unit and the vector instructions (BOARD_FPU says they have it).
CROSS := arm-none-eabi-
ARCH_CFLAGS := -mthumb -mcpu=$(if $(BOARD_FPU),cortex-m33 -mfloat-abi=hard,cortex-m33+nodsp -mfloat-abi=soft) -ffixed-r9 \
	-mno-unaligned-access -fno-unwind-tables -fno-asynchronous-unwind-tables -fomit-frame-pointer
# An interrupt saves no floating-point registers (kernel, arch and boards).
ARCH_KERNEL_CFLAGS := -mgeneral-regs-only
ARCH_VARIANT := $(if $(BOARD_FPU),-fpu)
ARCH_STACKS := fixed
NEWLIB_HOST := arm-none-eabi
NEWLIB_CFLAGS = $(filter-out -DCONFIG%,$(ARCH_CFLAGS)) -ffreestanding
ARCH_PACKAGES := gcc-arm-none-eabi

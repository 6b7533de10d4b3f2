# How programs are compiled, and linked against a board's kernel. IMAGES are the images of APP.
# The Makefile that includes this file gives BOARD, APP, CHECK, STACKS and OPT (make help); what board.mk, arch.mk and
# lib/*/*.mk say; tools/sources.mk; NEWLIB, the folder of the C library; OBJECTS, the kernel's; and OUT, the folder for
# what is built, the name of which may depend on the flags.
CC := $(CROSS)gcc
GCC_DIR := $(patsubst %/include,%,$(shell $(CC) -print-file-name=include))
# Numbers of the configuration, but for those that OPT gives.
unless_in_OPT = $(if $(findstring $(firstword $(subst =, ,$1))=,$(OPT)),,$1)
CONFIG = $(foreach define,-DCONFIG_CORES=$(BOARD_CORES) $(BOARD_CONFIG),$(call unless_in_OPT,$(define)))
# Without unwind tables the frames of functions stand in .debug_frame, where gdb looks, and take no RAM.
PORTABLE_CFLAGS = -fno-unwind-tables -ffunction-sections -fdata-sections -fno-pie -fno-stack-protector -fno-common \
	-fno-omit-frame-pointer # those that an installed tree asks for too
CFLAGS = -std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Wwrite-strings $(PORTABLE_CFLAGS) -fstack-usage -fcallgraph-info=su \
	-fmacro-prefix-map=$(CURDIR)/= -D__DYNAMIC_REENT__ $(if $(filter-out 0,$(CHECK)),-DCONFIG_CHECK=1) \
	$(if $(LOOKS),-DCONFIG_STACKS=1) $(if $(RACES),-DCONFIG_RACE=1) $(ARCH_CFLAGS) $(CONFIG) $(OPT)
# STACKS=1: what functions of programs and of lib/ call on entry, but those of the kernel's headers (kernel/report/entered.c).
LOOKS = $(if $(filter-out 0,$(STACKS)),-finstrument-functions -finstrument-functions-exclude-file-list=$(KERNEL_HEADERS))
KERNEL_HEADERS = arch/arch.h,arch/$(ARCH)$(ARCH_SHARED:%=,%),kernel/include,kernel/base,kernel/memory,kernel/sched,kernel/report,kernel/sync
# RACE=1: the same are watched for data races (lib/race). What they call of skein.h and of the C library is renamed in
# their objects to the detector's functions.
RACES = $(if $(filter-out 0,$(RACE)),-fsanitize=thread --param=tsan-instrument-func-entry-exit=0 -fno-builtin \
	-fno-optimize-sibling-calls -Wno-tsan)
# Where a library of lib/ keeps its header <skein/NAME.h>.
LIB_INCLUDE = $(patsubst %/skein,-I %,$(wildcard lib/*/include/skein))
INCLUDE = -I kernel/include $(LIB_INCLUDE) -nostdinc -isystem $(GCC_DIR)/include -isystem $(GCC_DIR)/include-fixed
NEWLIB_INCLUDE = -D__STDC_NO_THREADS__=1 -isystem lib/libc/include -isystem $(NEWLIB)/$(NEWLIB_HOST)/include
LDFLAGS = -nostdlib -static -Wl,--gc-sections,--build-id=none,--no-warn-rwx-segments \
	-T boards/$(BOARD)/memory.ld -T linker/sections.ld $(LIB_LDFLAGS)
LIBS = -L $(NEWLIB)/$(NEWLIB_HOST)/lib -Wl,--start-group -lc -lm -lgcc -Wl,--end-group
# The flags are known: here the name is made, once.
OUT := $(OUT)

# C++ without exceptions, run-time types and a library of its own, but for new, delete and what the compiler calls (lib/cxx).
CXX := $(CROSS)g++
CXXFLAGS = $(filter-out -std=gnu11,$(CFLAGS)) -std=gnu++17 -fno-exceptions -fno-rtti -isystem lib/cxx/include

# The program /path/x becomes OUT/app/path/x.elf. tools/program finds the sources of folders and of tests, and what app.mk
# says: it writes fragments with the rules. A program that is one source needs none.
PROGRAMS := $(abspath $(APP))
IMAGES := $(PROGRAMS:%=$(OUT)/app%.elf)
FRAGMENTS := $(if $(PROGRAMS),$(shell tools/program $(OUT) $(BOARD) $(ARCH) $(PROGRAMS) || echo refused:))
ifneq ($(filter refused:,$(FRAGMENTS)),)
$(error $(filter-out refused:,$(FRAGMENTS)))
endif
include $(FRAGMENTS)
ALONE := $(filter-out $(patsubst $(OUT)/app%.mk,%,$(FRAGMENTS)),$(PROGRAMS))
$(ALONE:%=$(OUT)/app%.elf): $(OUT)/app%.elf: $(OUT)/app%.o

$(IMAGES): $(OBJECTS) boards/$(BOARD)/memory.ld linker/sections.ld tools/link | $(NEWLIB)
	@tools/link $@ $(CROSS) $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) $(APP_LIBS) $(LIBS)

# The program beside a test has no main of its own.
%.tested.o: %.o
	@$(CROSS)objcopy --redefine-sym main=main_of_the_program --weaken-symbol=main_of_the_program $< $@

race_names = $(if $(findstring -fsanitize=thread,$(FLAGS)),@$(CROSS)objcopy --redefine-syms=lib/race/calls $@)
define compile
@mkdir -p $(@D)
@echo "  cc   $(<:$(CURDIR)/%=%)"; $(CC) $(CFLAGS) $(FLAGS) $(APP_FLAGS) $(APP_CFLAGS) -MMD -MP -c $< -o $@
$(race_names)
endef

define compile_cxx
@mkdir -p $(@D)
@echo "  c++  $(<:$(CURDIR)/%=%)"; $(CXX) $(CXXFLAGS) $(FLAGS) $(APP_FLAGS) $(APP_CXXFLAGS) -MMD -MP -c $< -o $@
$(race_names)
endef

# Where goroutines' stacks do not grow, the compiler's numbers warn of large frames. The default's size is CONFIG_STACK.
ifeq ($(ARCH_STACKS),fixed)
STACK := $(shell echo $$(($$(echo CONFIG_STACK | $(CC) $(CONFIG) $(OPT) -E -P -include kernel/base/config.h -xc -))))
endif
define warn_of_frames

@$(if $(and $(STACK),$(filter-out %.S,$<)),tools/frames -v stack=$(STACK) $(@:.o=.su) >&2)
endef

$(OUT)/app/%: FLAGS = $(ARCH_PROGRAM_CFLAGS) $(LOOKS) $(RACES) $(INCLUDE) $(NEWLIB_INCLUDE)
$(OUT)/app/%.o: /% | $(NEWLIB)
	$(compile)$(warn_of_frames)

define cxx_rule
$(OUT)/app/%.$1.o: /%.$1 | $(NEWLIB)
	$$(compile_cxx)$$(warn_of_frames)
endef
$(foreach end,cpp cc cxx,$(eval $(call cxx_rule,$(end))))

-include $(ALONE:%=$(OUT)/app%.d)

# Skein. `make help` lists what can be made; the two commands are `make run` and `make test`.
# Objects of different boards and flags live in different folders, build/BOARD-HASH/, so nothing is rebuilt on a switch.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL = /bin/sh

## Variables:
##   BOARD=name    the board (make boards lists them)
##   CORES=n       cores to start
##   APP=path      a .c file or a folder of them, inside or outside the tree
##   INPUT=file    becomes the program's first argument
##   ARGS="a b"    the program's further arguments
##   MEM=size      RAM, as QEMU's -m takes it
##   SEED=n        seeds the scheduler's choices
##   ICOUNT=n      exact replay: an instruction takes 2^n ns of virtual time
##   CHECK=1       the hostile build
##   OPT=flags     further compiler flags: OPT=-DCONFIG_SLICE_NS=1000000
##   LIMIT=s       seconds of wall clock a run may take (none; tests: 60)
##   FIRMWARE=1    shows what a board's firmware prints before the program
##   GIC=2         virt-aarch64 with a GICv2 in place of its GICv3
##   DRY=1         flash prints its commands only; CARD=, PORT=: where the SD card or USB drive is mounted, the line to U-Boot
##   TEST="a -b"   the tests whose name contains a and not b; FIRST=1 ends with the first failure
##   SANITIZE=name the unit tests that are built so: thread, address
##   N=n           seeds that explore tries
##   QUICK=1       fresh: one machine instead of two, with the C libraries that are built here
##   SKEIN_CACHE=dir  where built C libraries are kept: ~/.cache/skein, or below XDG_CACHE_HOME
BOARD = virt-aarch64
APP = examples/wordcount
INPUT = /usr/share/common-licenses/GPL-3
ARGS =
MEM =
SEED =
ICOUNT =
CHECK =
OPT =
LIMIT = 0
FIRMWARE =
N = 1000
SKEIN_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/skein

# A name on the command line that is none of the above, nor one that a board.mk asks for, is a slip of the pen.
KNOWN := $(sort $(shell sed -n '/^\#\#/{s/[^A-Z_=]/ /g;p;}' Makefile | grep -o '\<[A-Z_]*=' | grep -v '^DCONFIG' | tr -d =) \
	$(shell sed -n 's/^\([A-Z_]*\) *?=.*/\1/p' boards/*/board.mk)) SHELL MAKEFLAGS
$(foreach v,$(filter-out $(KNOWN),$(.VARIABLES)),$(if $(filter command,$(firstword $(origin $v))),$(error \
	$v= is no variable here; is $(shell python3 tools/words.py '$v' $(filter-out SHELL MAKEFLAGS,$(KNOWN)))= meant? make help lists them)))

BOARDS := $(patsubst boards/%/board.mk,%,$(wildcard boards/*/board.mk))
FAMILIES := $(patsubst boards/families/%.mk,%,$(wildcard boards/families/*.mk))
quoted = '$(subst ','\'',$1)'
GIVEN = $(foreach v,$1,$(if $(findstring command,$(origin $v)),$(call quoted,$v=$($v))))
NEEDS = python3=python3
ifneq ($(filter run debug image where objects compiler flash,$(MAKECMDGOALS)),)

# Bad input ends here, in one sentence with the cure.
$(if $(word 2,$(CURDIR)),$(error Skein lies in $(CURDIR), and make cannot build where a path has a blank; move it))
$(if $(findstring ',$(CURDIR)$(APP)$(INPUT)),$(error a path has a quote, which the shell takes for its own; rename it))
override APP := $(patsubst ~/%,$(HOME)/%,$(APP))
$(foreach c,= : % \# ;,$(if $(findstring $c,$(CURDIR)$(APP)),$(error \
	a path has a $c, which make takes for its own: $(if $(findstring $c,$(APP)),APP=$(APP),$(CURDIR)); rename it)))
$(if $(APP)$(filter objects compiler,$(MAKECMDGOALS)),,$(error APP= is empty; name a .c file or a folder of them))
$(if $(filter $(BOARD),$(BOARDS)),,$(error BOARD=$(BOARD) is unknown; the boards are: $(BOARDS)))
include boards/$(BOARD)/board.mk
$(if $(filter-out $(FAMILIES),$(BOARD_FAMILY)),$(error \
	boards/$(BOARD)/board.mk says BOARD_FAMILY := $(BOARD_FAMILY); the families are: $(FAMILIES)))
include $(BOARD_FAMILY:%=boards/families/%.mk)
include arch/$(ARCH)/arch.mk
-include $(wildcard lib/*/*.mk)
COUNT := 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
CORES = $(lastword $(wordlist 1,$(BOARD_CORES),1 2 3 4))
ifneq ($(words $(filter $(CORES),$(wordlist 1,$(BOARD_CORES),$(COUNT)))),1)
$(error CORES=$(CORES) is not possible; $(BOARD) has cores 1 to $(BOARD_CORES))
endif
sources_of = $(if $(filter %.c,$1),$(wildcard $1),$(wildcard $1/*.c))
$(foreach a,$(APP),$(if $(call sources_of,$a),,$(error \
	APP=$a is neither a .c file nor a folder of .c files; name one that exists, by a path without blanks)))
OTHERS := $(strip $(foreach a,$(filter-out %.c,$(APP)),$(foreach end,s S cpp cc cxx C,$(wildcard $a/*.$(end)))))
$(if $(OTHERS),$(error only C is built yet, and these are not: $(OTHERS); write them in C, or move them away))
RUNS := $(filter run debug,$(MAKECMDGOALS))
$(if $(and $(RUNS)$(filter flash,$(MAKECMDGOALS)),$(word 2,$(APP))),$(error APP=$(APP) is $(words $(APP)) programs; name one))
$(if $(RUNS),$(if $(QEMU),,$(error BOARD=$(BOARD) is no machine of QEMU's; make flash brings an image to it)))
USE_INPUT := $(or $(findstring command,$(origin INPUT)),$(filter wordcount,$(notdir $(APP:/=))))
WORDS = $(and $(RUNS),$(USE_INPUT),$(abspath $(INPUT))) $(ARGS)
$(if $(and $(RUNS),$(USE_INPUT)),$(if $(wildcard $(INPUT)),,\
	$(error INPUT=$(INPUT) does not exist; name a file that does, by a path without blanks)))

ONE_BOARD := $(BOARD)
endif

# All packages in one call, before anything is built: what each board needs, its files say; what a test needs besides, its
# own. A board or a test whose package cannot be had fails, and the others run (WISHES).
making = $(filter $1,$(MAKECMDGOALS))
needs_of = $(foreach b,$(filter $(BOARDS),$1),$(shell $(MAKE) -s -f tools/needs.mk BOARD=$b))
ALL_BOARDS = $(call needs_of,$(if $(call GIVEN,BOARD),$(BOARD),$(BOARDS)))
LIBRARY = /usr/src/newlib=newlib-source xz=xz-utils
FLASH_uboot = sb=lrzsz
FLASH_openocd = openocd=openocd
NEEDS += $(if $(ONE_BOARD),$(LIBRARY) $(call needs_of,$(ONE_BOARD)))
NEEDS += $(if $(call making,bench bench-baseline bench-scale size),$(LIBRARY) $(ALL_BOARDS))
NEEDS += $(if $(call making,flash),$(if $(filter-out 0,$(DRY)),,$(FLASH_$(BOARD_FLASH))))
NEEDS += $(if $(call making,debug),gdb-multiarch=gdb-multiarch)
NEEDS += $(if $(call making,test),gcc=gcc /usr/include/stdio.h=libc6-dev)
NEEDS += $(if $(call making,check format),clang-format=clang-format)
NEEDS += $(if $(call making,check),cppcheck=cppcheck)
WISHES = $(if $(call making,test check explore),$(LIBRARY) $(ALL_BOARDS))
WISHES += $(if $(call making,fresh),/usr/sbin/debootstrap=debootstrap)
WISHES += $(if $(call making,test),$(shell sed -n 's/^\# needs: //p' tests/*/*.sh))
ifneq ($(filter-out help clean,$(MAKECMDGOALS)),)
ifneq ($(shell tools/packages $(sort $(NEEDS)) -- $(sort $(WISHES)) >&2 && echo present),present)
$(error packages are missing; see above)
endif
endif

ifdef ARCH
CC := $(CROSS)gcc
GCC_DIR := $(patsubst %/include,%,$(shell $(CC) -print-file-name=include))
unless_in_OPT = $(if $(findstring $(firstword $(subst =, ,$1))=,$(OPT)),,$1)
CFLAGS = -std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Wwrite-strings -ffunction-sections -fdata-sections -fno-pie \
	-fno-stack-protector -fno-common -fno-omit-frame-pointer -fstack-usage -fcallgraph-info=su \
	-fmacro-prefix-map=$(CURDIR)/= -D__DYNAMIC_REENT__ $(if $(filter-out 0,$(CHECK)),-DCONFIG_CHECK=1) \
	$(ARCH_CFLAGS) $(foreach d,-DCONFIG_CORES=$(BOARD_CORES) $(BOARD_CONFIG),$(call unless_in_OPT,$d)) $(OPT)
KERNEL_CFLAGS = -ffreestanding -fno-strict-aliasing -fno-tree-loop-distribute-patterns $(ARCH_KERNEL_CFLAGS)
ARCH_DIRS = arch/$(ARCH) $(ARCH_SHARED)
KERNEL_DIRS = -I kernel -I arch $(ARCH_DIRS:%=-I %) -I boards -I boards/chips -I boards/$(BOARD)
INCLUDE = -I kernel/include -nostdinc -isystem $(GCC_DIR)/include -isystem $(GCC_DIR)/include-fixed
NEWLIB_INCLUDE = -D__STDC_NO_THREADS__=1 -isystem lib/libc/include -isystem $(NEWLIB)/$(NEWLIB_HOST)/include
LDFLAGS = -nostdlib -static -Wl,--gc-sections,--build-id=none,--no-warn-rwx-segments \
	-T boards/$(BOARD)/memory.ld -T linker/sections.ld $(LIB_LDFLAGS)
LIBS = -L $(NEWLIB)/$(NEWLIB_HOST)/lib -Wl,--start-group -lc -lm -lgcc -Wl,--end-group

hash = $(firstword $(shell printf %s '$1' | md5sum | cut -c 1-8))
NEWLIB := $(SKEIN_CACHE)/newlib-$(ARCH)$(ARCH_VARIANT)-$(call hash,$(NEWLIB_HOST) $(NEWLIB_CFLAGS) \
	$(shell $(CC) --version | head -n 1; ls /usr/src/newlib; md5sum <tools/newlib))
OUT := build/$(BOARD)$(if $(filter-out 0,$(CHECK)),-check)-$(call hash,$(CFLAGS) $(KERNEL_CFLAGS) $(LDFLAGS) $(NEWLIB))

SOURCES := $(wildcard kernel/*/*.[cS] $(ARCH_DIRS:%=%/*.[cS]) boards/$(BOARD)/*.[cS] lib/*/*.[cS]) \
	$(CHIPS:%=boards/chips/%.c) $(BOARD_FAMILY:%=boards/families/%.c)
OBJECTS := $(SOURCES:%=$(OUT)/%.o)

$(OUT)/kernel/% $(OUT)/arch/% $(OUT)/boards/%: FLAGS = $(KERNEL_CFLAGS) $(KERNEL_DIRS) $(INCLUDE) -Werror
$(OUT)/lib/%: FLAGS = $(KERNEL_DIRS) $(INCLUDE) $(NEWLIB_INCLUDE) -Werror
# A program outside the tree may have warnings; a test of the kernel may look inside.
$(OUT)/app/%: FLAGS = $(INCLUDE) $(NEWLIB_INCLUDE)
$(OUT)/app$(CURDIR)/%: FLAGS = $(INCLUDE) $(NEWLIB_INCLUDE) -Werror
$(OUT)/app$(CURDIR)/tests/kernel/% $(OUT)/app$(CURDIR)/tests/bench/%: FLAGS = $(KERNEL_DIRS) $(INCLUDE) $(NEWLIB_INCLUDE) \
	$(join -DDEVICE_CHIP= -DDEVICE_BASE= -DDEVICE_LINE=,$(BOARD_DEVICE)) -Werror

# A folder is a prerequisite because a source that was deleted touches nothing else.
define app_rules
IMAGES += $(OUT)/app$1.elf
$(OUT)/app$1.elf: $(patsubst %,$(OUT)/app%.o,$(call sources_of,$1)) $(filter-out %.c,$1)
DEPENDENCIES += $(patsubst %,$(OUT)/app%.d,$(call sources_of,$1))
endef
$(foreach a,$(abspath $(APP)),$(eval $(call app_rules,$a)))

$(IMAGES): $(OBJECTS) $(sort $(dir $(SOURCES))) boards/$(BOARD)/memory.ld linker/sections.ld tools/link | $(NEWLIB)
	@tools/link $@ $(CROSS) $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) $(LIBS)

$(OUT)/%.o: % | $(NEWLIB)
	@mkdir -p $(@D)
	@echo "  cc   $<"; $(CC) $(CFLAGS) $(FLAGS) -MMD -MP -c $< -o $@

$(OUT)/app/%.o: /% | $(NEWLIB)
	@mkdir -p $(@D)
	@echo "  cc   $(<:$(CURDIR)/%=%)"; $(CC) $(CFLAGS) $(FLAGS) -MMD -MP -c $< -o $@

HOW = 'CORES=$(BOARD_CORES)' 'MEM=$(BOARD_MEM)' 'ASIDE=$(or $(BOARD_ASIDE),0)' 'CLUSTERS=$(or $(BOARD_CLUSTERS),1)' 'QEMU=$(QEMU)' \
	'CROSS=$(CROSS)' 'BANNER=$(if $(filter sbi,$(CHIPS)),1)'
$(OUT)/board: FORCE # how tests/run runs the images below this folder
	@mkdir -p $(@D)
	@printf '%s\n' $(HOW) | cmp -s - $@ || printf '%s\n' $(HOW) >$@

$(NEWLIB): # a folder: no later change in it makes anything stale
	@tools/newlib $@ $(NEWLIB_HOST) $(CROSS) "$(NEWLIB_CFLAGS)"

-include $(OBJECTS:.o=.d) $(DEPENDENCIES)
endif

run: image # build APP and run it on BOARD under QEMU
	@tests/run $(IMAGES) 'CORES=$(CORES)' 'MEM=$(MEM)' 'SEED=$(SEED)' 'ICOUNT=$(ICOUNT)' 'LIMIT=$(LIMIT)' \
		'FIRMWARE=$(FIRMWARE)' $(call quoted,ARGS=$(strip $(WORDS)))

debug: image # the same, stopped at the first instruction, with gdb attached
	@tests/run $(IMAGES) 'CORES=$(CORES)' 'MEM=$(MEM)' 'SEED=$(SEED)' 'ICOUNT=$(ICOUNT)' LIMIT=0 DEBUG=1 \
		$(call quoted,ARGS=$(strip $(WORDS)))

image: $(IMAGES) $(OUT)/board $(if $(BOARD_FLASH),$(IMAGES:.elf=.flash)) # only build, and make what flash needs

%.flash: %.elf tools/image boards/$(BOARD)/board.mk $(wildcard boards/$(BOARD)/sd/*)
	@tools/image $(BOARD) $(CROSS) $< $@

flash: $(if $(BOARD_FLASH),image) # bring the image to the board
	@tools/flash $(BOARD) $(IMAGES:.elf=.flash) $(call quoted,CARD=$(CARD)) $(call quoted,PORT=$(PORT)) DRY='$(DRY)'

where: # where the images of APP lie
	@printf '%s\n' $(IMAGES)

objects: $(OBJECTS) # the kernel's objects, for tools/objects
	@echo $(CROSS) $(NEWLIB)/$(NEWLIB_HOST)/lib/libc.a $^

compiler: # what compiles the kernel's files, for tools/barriers
	@echo $(CROSS) $(CC) $(CFLAGS) $(KERNEL_CFLAGS) $(KERNEL_DIRS) $(INCLUDE)

size: # what APP takes of BOARD, or of every board: text, data, RAM, a goroutine's RAM, the deepest stack
	@tools/size $(if $(call GIVEN,BOARD),$(BOARD),$(BOARDS)) $(call GIVEN,APP OPT)

test: # every test on every board; TEST, BOARD, CORES, CHECK narrow it
	@tests/suite test $(call GIVEN,TEST FIRST BOARD CORES CHECK SANITIZE SEED ICOUNT MEM LIMIT OPT)

explore: # one stress test (TEST) under exact replay with N seeds
	@tests/suite explore N=$(N) $(call GIVEN,TEST BOARD CORES CHECK SEED ICOUNT MEM LIMIT OPT)

bench: # guest instructions per operation, compared with tests/bench/baseline.tsv
	@tools/bench $(call GIVEN,TEST BOARD CORES OPT)

bench-baseline: # the same, and they become the baseline
	@tools/bench BASELINE=1 $(call GIVEN,TEST BOARD OPT)

bench-scale: # how much faster two cores are than one, by the wall clock
	@tools/bench SCALE=1 $(call GIVEN,BOARD OPT)

format: # lay our C out as make check wants it
	@find kernel arch boards lib tests examples -name '*.[ch]' -print0 | xargs -0 clang-format -i

check: # style, floors, memory orders and their instructions, stack depth, static analysis
	@tools/check

fresh: # make run and make test in a Debian that has nothing installed; root only, a quarter of an hour
	@tools/fresh SKEIN_CACHE='$(SKEIN_CACHE)' QUICK='$(filter-out 0,$(QUICK))'

boards: # list the boards
	@tools/boards

clean: # remove what was built; the C libraries stay in SKEIN_CACHE
	rm -rf build

help: # this list
	@echo "Targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*# \(.*\)/  \1 \2/p' Makefile | while read -r t text; do printf '  %-13s %s\n' "$$t" "$$text"; done
	@sed -n 's/^## \{0,1\}//p' Makefile

.PHONY: run debug image flash where objects compiler size test explore bench bench-baseline bench-scale check format fresh boards clean help FORCE

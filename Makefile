# Skein. `make help` lists what can be made; the two commands are `make run` and `make test`.
# Here stand the goals, what is refused, and the rules of the kernel; tools/program.mk has the rules of one program.
# Objects of different boards and flags live in different folders, build/BOARD-HASH/, so nothing is rebuilt on a switch.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL = /bin/sh

## Variables:
##   BOARD=name    the board (make boards lists them); check-app takes several
##   CORES=n       cores to start
##   GOMAXPROCS=n  how many of them run goroutines, until go_maxprocs says otherwise (all)
##   APP=path      a source (.c .S .cpp) or a folder of sources, inside or outside the tree
##   INPUT=file    becomes the program's first argument
##   ARGS="a b"    the program's further arguments
##   MEM=size      RAM, as QEMU's -m takes it
##   SEED=n        seeds the scheduler's choices
##   ICOUNT=n      exact replay: an instruction takes 2^n ns of virtual time
##   CHECK=1       the hostile build
##   STACKS=1      each function looks at its stack on entry, and the one that leaves it is named
##   RACE=1        watches the program and its libraries for data races, and reports them; status 66 if there are any
##   OPT=flags     further compiler flags: OPT=-DCONFIG_SLICE_NS=1000000
##   LIMIT=s       seconds of wall clock a run may take (none; tests: 60)
##   LEAKS=1       run: at the end prints the goroutines that nothing can wake any more; status 67 if there are any
##   FIRMWARE=1    shows what a board's firmware prints before the program
##   GIC=2         virt-aarch64 with a GICv2 in place of its GICv3
##   PREFIX=path   install: the folder that gets it (build/install)
##   CARD=path     flash: where the SD card or the USB drive is mounted
##   PORT=path     flash: the serial line to U-Boot
##   DRY=1         flash prints its commands only
##   TEST="a -b"   the tests whose name contains a and not b
##   JUNIT=file    test, check-app: gets the results in JUnit's XML
##   FIRST=1       test ends with the first failure
##   SANITIZE=name the unit tests that are built so: thread, address
##   N=n           seeds that explore tries
##   RUN=1         stack: runs the program and shows what it used beside what it may use
##   QUICK=1       fresh: one machine instead of two, with the C libraries that are built here
##   SKEIN_CACHE=dir  where built C libraries are kept: ~/.cache/skein, or below XDG_CACHE_HOME
BOARD = virt-aarch64
APP = examples/wordcount
INPUT = /usr/share/common-licenses/GPL-3
ARGS =
MEM =
PREFIX = build/install
GOMAXPROCS =
SEED =
ICOUNT =
CHECK =
STACKS =
RACE =
OPT =
LIMIT = 0
LEAKS =
FIRMWARE =
N = 1000
SKEIN_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/skein

# $(call making,GOALS): those of GOALS that make was asked for.
making = $(filter $1,$(MAKECMDGOALS))
# $(call given,NAME): NAME, if the command line gives it a value.
given = $(if $(findstring command,$(origin $1)),$1)
# $(call quoted,TEXT): one word of the shell.
quoted = '$(subst ','\'',$1)'
# $(call passed_on,NAMES): NAME=value for each of NAMES that was given, quoted for a script.
passed_on = $(foreach name,$1,$(if $(call given,$(name)),$(call quoted,$(name)=$($(name)))))

# A name on the command line is one of the list above, or one to which a board.mk gives a value by ?=. Any other is a
# slip.
KNOWN := $(shell sed -n 's/^\#\#   \([A-Z_]*\)=.*/\1/p' Makefile) \
	$(shell sed -n 's/^\([A-Z_]*\) *?=.*/\1/p' boards/*/board.mk)
UNKNOWN := $(firstword $(foreach name,$(filter-out $(KNOWN) SHELL MAKEFLAGS,$(.VARIABLES)),$(call given,$(name))))
ifneq ($(UNKNOWN),)
NEAREST := $(shell python3 tools/words.py '$(UNKNOWN)' $(KNOWN))
$(error $(UNKNOWN)= is no variable here; is $(NEAREST)= meant? make help lists them)
endif

BOARDS := $(patsubst boards/%/board.mk,%,$(wildcard boards/*/board.mk))
FAMILIES := $(patsubst boards/families/%.mk,%,$(wildcard boards/families/*.mk))
MEASURES := $(and $(call making,stack),$(filter-out 0,$(RUN)))
RUNS := $(call making,run debug)$(MEASURES)

# Goals for which programs or the kernel are built, for one board. Bad input ends here, in one sentence with the cure,
# before anything is installed.
ifneq ($(call making,run debug image install where objects compiler flash stack),)
ONE_BOARD := $(BOARD)
ifneq ($(word 2,$(CURDIR)),)
$(error Skein lies in $(CURDIR), and make cannot build where a path has a blank; move it)
endif
ifeq ($(filter $(BOARD),$(BOARDS)),)
$(error BOARD=$(BOARD) is unknown; the boards are: $(BOARDS))
endif
include boards/$(BOARD)/board.mk
ifneq ($(filter-out $(FAMILIES),$(BOARD_FAMILY)),)
$(error boards/$(BOARD)/board.mk says BOARD_FAMILY := $(BOARD_FAMILY); the families are: $(FAMILIES))
endif
include $(BOARD_FAMILY:%=boards/families/%.mk)
include arch/$(ARCH)/arch.mk
-include $(wildcard lib/*/*.mk)

# Cores: four, or all of a board that has fewer.
POSSIBLE := $(wordlist 1,$(BOARD_CORES),1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
CORES = $(lastword $(wordlist 1,4,$(POSSIBLE)))
ifneq ($(words $(filter $(CORES),$(POSSIBLE))),1)
$(error CORES=$(CORES) is not possible; $(BOARD) has cores 1 to $(BOARD_CORES))
endif

ifneq ($(and $(filter-out 0,$(RACE)),$(filter fixed,$(ARCH_STACKS))),)
$(error RACE=1 keeps four bytes for each byte that the program uses, and $(BOARD) has no room for them; take a board \
	with an MMU, such as BOARD=virt-aarch64)
endif
# What the detector keeps needs RAM; a machine that allows one size has enough.
RACE_MEM = $(if $(filter -m,$(QEMU)),$(BOARD_MEM),1G)

ifneq ($(and $(call making,install),$(filter-out 0,$(CHECK) $(STACKS) $(RACE))),)
$(error make install makes the library without CHECK=, STACKS= and RACE=, which change how objects lie; leave them out)
endif

ifeq ($(APP)$(call making,objects compiler),)
$(error APP= is empty; name a source or a folder of sources)
endif
include tools/sources.mk
ifneq ($(and $(RUNS)$(call making,flash stack),$(word 2,$(APP))),)
$(error APP=$(APP) is $(words $(APP)) programs; name one)
endif

ifneq ($(RUNS),)
ifndef QEMU
$(error BOARD=$(BOARD) is no machine of QEMU's; make flash brings an image to it)
endif
# The first argument is INPUT's path where INPUT was given, and for wordcount, which wants a file.
INPUT_PATH := $(if $(call given,INPUT)$(filter wordcount,$(notdir $(APP:/=))),$(INPUT))
ifneq ($(findstring ',$(INPUT_PATH)),)
$(error a path has a quote, which the shell takes for its own; rename it)
endif
ifneq ($(INPUT_PATH),$(wildcard $(INPUT_PATH)))
$(error INPUT=$(INPUT) does not exist; name a file that does, by a path without blanks)
endif
WORDS = $(strip $(abspath $(INPUT_PATH)) $(ARGS))
endif
endif

# All packages in one call, before anything is built, each as THING=PACKAGE (tools/packages). A board's files say what
# packages it needs, and a test's file those of the test. Without NEEDS make ends here. Without a package of WISHES a
# board or a test fails, and the others run.
needs_of = $(foreach b,$(filter $(BOARDS),$1),$(shell $(MAKE) -s -f tools/needs.mk BOARD=$b HAS_CXX=$(HAS_CXX)))
HAS_CXX := $(if $(ONE_BOARD)$(call making,check-app),$(if $(shell \
	find $(wildcard $(APP)) -name '*.cpp' -o -name '*.cc' -o -name '*.cxx' 2>/dev/null),yes))
ALL_BOARDS = $(call needs_of,$(if $(call given,BOARD),$(BOARD),$(BOARDS)))
NEEDS = python3=python3
LIBRARY = /usr/src/newlib=newlib-source xz=xz-utils
FLASH_uboot = sb=lrzsz
FLASH_openocd = openocd=openocd
NEEDS += $(if $(ONE_BOARD),$(LIBRARY) $(call needs_of,$(ONE_BOARD)))
NEEDS += $(if $(call making,check-app),$(LIBRARY) $(call needs_of,$(BOARD)))
NEEDS += $(if $(call making,bench bench-baseline bench-scale bench-cost size),$(LIBRARY) $(ALL_BOARDS))
NEEDS += $(if $(call making,flash),$(if $(filter-out 0,$(DRY)),,$(FLASH_$(BOARD_FLASH))))
NEEDS += $(if $(call making,bench-cost),gcc=gcc /usr/include/stdio.h=libc6-dev)
NEEDS += $(if $(call making,debug bench-cost),gdb-multiarch=gdb-multiarch)
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

ifdef ONE_BOARD
# $(call hash,TEXT): eight digits.
hash = $(firstword $(shell printf %s '$1' | md5sum | cut -c 1-8))
# The C library is built once for an arch's flags, a compiler and a source.
NEWLIB := $(SKEIN_CACHE)/newlib-$(ARCH)$(ARCH_VARIANT)-$(call hash,$(NEWLIB_HOST) $(NEWLIB_CFLAGS) \
	$(shell $(CROSS)gcc --version | head -n 1; ls /usr/src/newlib; md5sum <tools/newlib))
ARCH_DIRS = arch/$(ARCH) $(ARCH_SHARED)
SOURCES := $(wildcard kernel/*/*.[cS] $(ARCH_DIRS:%=%/*.[cS]) boards/$(BOARD)/*.[cS] lib/*/*.[cS]) \
	$(CHIPS:%=boards/chips/%.c) $(BOARD_FAMILY:%=boards/families/%.c)
ifeq ($(filter-out 0,$(RACE)),)
SOURCES := $(filter-out lib/race/%,$(SOURCES))
endif
OBJECTS = $(SOURCES:%=$(OUT)/%.o)
KERNEL_CFLAGS = -ffreestanding -fno-strict-aliasing -fno-tree-loop-distribute-patterns $(ARCH_KERNEL_CFLAGS)
OUT = build/$(BOARD)$(if $(filter-out 0,$(CHECK)),-check)$(if $(RACES),-race)-$(call hash,$(CFLAGS)$(RACES:%= %) $(KERNEL_CFLAGS) $(LDFLAGS) $(NEWLIB))
include tools/program.mk

# The kernel, and the C library's other half.
KERNEL_DIRS = -I kernel -I arch $(ARCH_DIRS:%=-I %) -I boards -I boards/chips -I boards/$(BOARD)
$(OUT)/kernel/% $(OUT)/arch/% $(OUT)/boards/%: FLAGS = $(KERNEL_CFLAGS) $(KERNEL_DIRS) $(INCLUDE) -Werror
$(OUT)/lib/%: FLAGS = $(LOOKS) $(KERNEL_DIRS) $(INCLUDE) $(NEWLIB_INCLUDE) -Werror
$(OUT)/lib/context/% $(OUT)/lib/errgroup/%: FLAGS = $(LOOKS) $(RACES) $(KERNEL_DIRS) $(INCLUDE) $(NEWLIB_INCLUDE) -Werror
# The detector runs below the kernel, in interrupts too.
$(OUT)/lib/race/%: FLAGS = $(KERNEL_CFLAGS) $(KERNEL_DIRS) $(INCLUDE) $(NEWLIB_INCLUDE) -Werror
# Programs of the tree have no warnings, and a test of the kernel may look inside.
$(OUT)/app$(CURDIR)/%: FLAGS = $(ARCH_PROGRAM_CFLAGS) $(LOOKS) $(RACES) $(INCLUDE) $(NEWLIB_INCLUDE) -Werror
$(OUT)/app$(CURDIR)/tests/kernel/% $(OUT)/app$(CURDIR)/tests/bench/%: FLAGS = \
	$(ARCH_PROGRAM_CFLAGS) $(LOOKS) $(RACES) $(KERNEL_DIRS) $(INCLUDE) $(NEWLIB_INCLUDE) -Werror \
	$(join -DDEVICE_CHIP= -DDEVICE_BASE= -DDEVICE_LINE=,$(BOARD_DEVICE))

# A source that was deleted touches its folder alone.
$(IMAGES): $(sort $(dir $(SOURCES)))

$(OUT)/%.o: % | $(NEWLIB)
	$(compile)

HOW = 'CORES=$(BOARD_CORES)' 'MEM=$(if $(RACES),$(RACE_MEM),$(BOARD_MEM))' 'ASIDE=$(or $(BOARD_ASIDE),0)' 'CLUSTERS=$(or $(BOARD_CLUSTERS),1)' \
	'QEMU=$(QEMU)' 'CROSS=$(CROSS)' 'BANNER=$(if $(filter sbi,$(CHIPS)),1)'
$(OUT)/board: FORCE # how tests/run runs the images below this folder
	@mkdir -p $(@D)
	@printf '%s\n' $(HOW) | cmp -s - $@ || printf '%s\n' $(HOW) >$@

$(NEWLIB): # a folder: no later change in it makes anything stale
	@tools/newlib $@ $(NEWLIB_HOST) $(CROSS) "$(NEWLIB_CFLAGS)"

-include $(OBJECTS:.o=.d)
endif

run: image # build APP and run it on BOARD under QEMU
	@tests/run $(IMAGES) 'CORES=$(CORES)' 'GOMAXPROCS=$(GOMAXPROCS)' 'MEM=$(MEM)' 'SEED=$(SEED)' 'ICOUNT=$(ICOUNT)' 'LIMIT=$(LIMIT)' \
		'LEAKS=$(LEAKS)' 'FIRMWARE=$(FIRMWARE)' $(call quoted,ARGS=$(WORDS))

debug: image # the same, stopped at the first instruction, with gdb attached
	@tests/run $(IMAGES) 'CORES=$(CORES)' 'GOMAXPROCS=$(GOMAXPROCS)' 'MEM=$(MEM)' 'SEED=$(SEED)' 'ICOUNT=$(ICOUNT)' LIMIT=0 DEBUG=1 \
		$(call quoted,ARGS=$(WORDS))

image: $(IMAGES) $(OUT)/board $(if $(BOARD_FLASH),$(IMAGES:.elf=.flash)) # only build, and make what flash needs

%.flash: %.elf tools/image boards/$(BOARD)/board.mk $(wildcard boards/$(BOARD)/sd/*)
	@tools/image $(BOARD) $(CROSS) $< $@

flash: $(if $(BOARD_FLASH),image) # bring the image to the board
	@tools/flash $(BOARD) $(IMAGES:.elf=.flash) $(call quoted,CARD=$(CARD)) $(call quoted,PORT=$(PORT)) DRY='$(DRY)'

install: $(OBJECTS) $(OUT)/board # what other builds need for BOARD: libskein.a, a CMake package, pkg-config, skein-run
	@tools/install $(call quoted,PREFIX=$(PREFIX)) BOARD=$(BOARD) OUT=$(OUT) CROSS=$(CROSS) CORES=$(BOARD_CORES) \
		NEWLIB=$(NEWLIB)/$(NEWLIB_HOST) 'WRAPPED=$(LIBC_WRAPPED)' 'PACKAGES=$(ARCH_PACKAGES) $(BOARD_PACKAGES)' \
		'FLAGS=$(filter-out -DCONFIG_%,$(PORTABLE_CFLAGS) $(ARCH_CFLAGS) $(ARCH_PROGRAM_CFLAGS))' $(OBJECTS)

where: # where the images of APP lie
	@printf '%s\n' $(IMAGES)

objects: $(OBJECTS) # the kernel's objects, for tools/objects
	@echo $(CROSS) $(NEWLIB)/$(NEWLIB_HOST)/lib/libc.a $^

compiler: # what compiles the kernel's files, for tools/barriers
	@echo $(CROSS) $(CC) $(CFLAGS) $(KERNEL_CFLAGS) $(KERNEL_DIRS) $(INCLUDE)

size: # what APP takes of BOARD, or of every board: text, data, RAM, a goroutine's RAM, the deepest stack
	@tools/size $(if $(call given,BOARD),$(BOARD),$(BOARDS)) $(call passed_on,APP OPT)

stack: image # how much stack each goroutine of APP may use, and by which path; RUN=1 also shows how much it used
	@tools/stack $(IMAGES) $(if $(MEASURES),'CORES=$(CORES)' 'MEM=$(MEM)' 'SEED=$(SEED)' 'LIMIT=$(LIMIT)' \
		$(call quoted,ARGS=$(WORDS)))

test: # every test on every board; TEST, BOARD, CORES, CHECK narrow it
	@tests/suite test $(call passed_on,TEST FIRST BOARD CORES CHECK STACKS RACE SANITIZE SEED ICOUNT MEM LIMIT OPT JUNIT)

check-app: # the tests of APP on BOARD="a b": every x_test.c in this folder and below it
	@tests/suite app $(call quoted,APP=$(APP)) $(call quoted,BOARD=$(BOARD)) \
		$(call passed_on,TEST FIRST CORES CHECK STACKS SEED ICOUNT MEM LIMIT OPT JUNIT)

explore: # one stress test (TEST) under exact replay with N seeds
	@tests/suite explore N=$(N) $(call passed_on,TEST BOARD CORES CHECK SEED ICOUNT MEM LIMIT OPT)

bench: # guest instructions per operation, compared with tests/bench/baseline.tsv
	@tools/bench $(call passed_on,TEST BOARD CORES OPT)

bench-baseline: # the same, and they become the baseline
	@tools/bench BASELINE=1 $(call passed_on,TEST BOARD OPT)

bench-scale: # how much faster two cores are than one, by the wall clock
	@tools/bench SCALE=1 $(call passed_on,BOARD OPT)

bench-cost: # what silicon pays for beside instructions: loads, atomics, cache lines that move between cores
	@tests/cost $(call passed_on,TEST BOARD OPT)

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
	@sed -n 's/^\([a-z-]*\):[^#]*# \(.*\)/\1 \2/p' Makefile | \
		while read -r goal text; do printf '  %-14s %s\n' "$$goal" "$$text"; done
	@sed -n 's/^## \{0,1\}//p' Makefile

.PHONY: run debug image install flash where objects compiler size test check-app explore bench bench-baseline bench-scale bench-cost check format
.PHONY: fresh boards clean help FORCE

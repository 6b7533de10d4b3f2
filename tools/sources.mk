# What APP names: programs, each a .c file or a folder of them. What cannot be built is refused.
sources_of = $(if $(filter %.c,$1),$(wildcard $1),$(wildcard $1/*.c))

ifneq ($(findstring ',$(CURDIR)$(APP)),)
$(error a path has a quote, which the shell takes for its own; rename it)
endif

override APP := $(patsubst ~/%,$(HOME)/%,$(APP))
SPECIAL := $(firstword $(foreach c,= : % \# ;,$(findstring $c,$(CURDIR)$(APP))))
ifneq ($(SPECIAL),)
$(error a path has a $(SPECIAL), which make takes for its own: \
	$(if $(findstring $(SPECIAL),$(APP)),APP=$(APP),$(CURDIR)); rename it)
endif

MISSING := $(firstword $(foreach a,$(APP),$(if $(call sources_of,$a),,$a)))
ifneq ($(MISSING),)
$(error APP=$(MISSING) is neither a .c file nor a folder of .c files; name one that exists, by a path without blanks)
endif

OTHERS := $(foreach folder,$(filter-out %.c,$(APP)),$(wildcard $(foreach end,s S cpp cc cxx C,$(folder)/*.$(end))))
ifneq ($(strip $(OTHERS)),)
$(error only C is built yet, and these are not: $(strip $(OTHERS)); write them in C, or move them away)
endif

# What APP names: programs, each a source or a folder of sources. What is neither is refused; tools/program looks inside.
sources_of = $(if $(filter %.c %.S %.cpp %.cc %.cxx,$1),$(wildcard $1),$(wildcard $1/.))

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
$(error APP=$(MISSING) is neither a source (.c .S .cpp) nor a folder; name one that exists, by a path without blanks)
endif

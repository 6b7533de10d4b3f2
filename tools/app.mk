# Prints what an app.mk sets, a line NAME=value each: make -srR -f tools/app.mk FILE=path (tools/program)
BEFORE := $(.VARIABLES) BEFORE
include $(FILE)
$(foreach name,$(filter-out $(BEFORE),$(.VARIABLES)) $(filter BOARD ARCH,$(.VARIABLES)),$(if \
	$(filter file,$(origin $(name))),$(info $(name)=$(strip $($(name))))))
all: ;

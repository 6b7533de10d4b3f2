# The entry points that wrap.c runs on a borrowed stack.
LIBC_WRAPPED = _vfprintf_r _vfiprintf_r vfprintf vfiprintf _svfprintf_r _svfiprintf_r \
	__svfscanf_r __svfiscanf_r __ssvfscanf_r __ssvfiscanf_r exit
LIB_LDFLAGS += $(LIBC_WRAPPED:%=-Wl,--wrap=%)

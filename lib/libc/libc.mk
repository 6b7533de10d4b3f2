# The entry points that wrap.c runs on a borrowed stack.
LIBC_WRAPPED = vfprintf vfiprintf vfwprintf vfscanf vfiscanf vfwscanf \
	_vfprintf_r _vfiprintf_r _vfwprintf_r _vfscanf_r _vfiscanf_r _vfwscanf_r \
	_svfprintf_r _svfiprintf_r _svfwprintf_r __svfscanf_r __svfiscanf_r \
	__ssvfscanf_r __ssvfiscanf_r __ssvfwscanf_r exit
LIB_LDFLAGS += $(LIBC_WRAPPED:%=-Wl,--wrap=%)

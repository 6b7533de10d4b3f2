# The entry points that wrap.c runs on a borrowed stack, and what reent.c and program.c do besides.
LIBC_WRAPPED = vfprintf vfiprintf vfwprintf vfscanf vfiscanf vfwscanf vdprintf vdiprintf \
	_vfprintf_r _vfiprintf_r _vfwprintf_r _vfscanf_r _vfiscanf_r _vfwscanf_r _vdprintf_r _vdiprintf_r \
	_svfprintf_r _svfiprintf_r _svfwprintf_r __svfscanf_r __svfiscanf_r __svfwscanf_r \
	__ssvfscanf_r __ssvfiscanf_r __ssvfwscanf_r \
	__sinit fputws _fputws_r fputws_unlocked _fputws_unlocked_r strstr strcasestr memmem \
	tmpfile _tmpfile_r wcsftime wcsftime_l \
	drand48 erand48 lrand48 nrand48 mrand48 jrand48 srand48 seed48 lcong48 tmpnam tempnam
# Those to which numbers.c adds.
LIBC_WRAPPED += strtol strtoul strtoll strtoull strtoimax strtoumax wcstol wcstoul wcstoll wcstoull wcstoimax wcstoumax
LIB_LDFLAGS += $(LIBC_WRAPPED:%=-Wl,--wrap=%)

#error \
    "C11 threads are not there (__STDC_NO_THREADS__): use go, struct mutex and struct once of skein.h"

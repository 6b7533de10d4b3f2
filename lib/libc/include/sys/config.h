/* newlib's, and which of its two forms of errno the C library was built with: one for each goroutine.
 * It must not depend on a flag of the compiler, or a file without the flag would share main's. */
#ifndef SKEIN_SYS_CONFIG_H
#define SKEIN_SYS_CONFIG_H
#ifndef __DYNAMIC_REENT__
#define __DYNAMIC_REENT__
#endif
#include_next <sys/config.h>
#endif

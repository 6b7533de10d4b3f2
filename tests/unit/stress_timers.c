// test: sanitize=thread,address seeds=1,4 cflags=@tests/unit/host/kernel.flags sources="kernel/*/*.c tests/unit/host/host.c"
/* The stress test on the host. */
#include "../stress/timers.c"

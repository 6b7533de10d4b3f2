// test: sanitize=thread,address seeds=4 cflags=@tests/unit/host/kernel.flags sources="kernel/*/*.c tests/unit/host/host.c"
/* The stress test on the host. */
#include "../stress/bubble.c"

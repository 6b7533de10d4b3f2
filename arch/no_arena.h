/* The arena of a machine without an MMU: there is none (arch.h). */
#ifndef SKEIN_NO_ARENA_H
#define SKEIN_NO_ARENA_H

#define ARCH_ARENA_START 0
#define ARCH_ARENA_SIZE 0
#define ARCH_STRETCH ((uintptr_t)1 << 21)
#define ARCH_FLUSH_ALL true

#endif

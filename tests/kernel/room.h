/* What a test or a benchmark takes that would fill the memory of a small board. */
#ifndef ROOM_H
#define ROOM_H
#include <skein.h>
#include "base/config.h"
#include "memory/mem.h"

/* Goroutines on stacks of the default size: `most` of them, or as many as there is memory for when
 * the other cores keep as many as they may of those that have ended. */
static inline int room_for(int most)
{
	size_t kept = 2 * CONFIG_FREE_BATCH * (go_cores() - 1);
	size_t n = mem_free_bytes() / (CONFIG_STACK + 512);

	n = n > kept ? n - kept : 1;
	return n < (size_t)most ? (int)n : most;
}

#endif

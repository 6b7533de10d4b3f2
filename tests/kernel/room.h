/* What a test or a benchmark may take of the memory of a small board, and what comes back. */
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

/* The free memory when it changes no more: what a goroutine had is given back after it is counted, on
 * RISC-V when all cores have answered. */
static inline size_t free_in_the_end(void)
{
	size_t before = mem_free_bytes();

	for (unsigned same = 0; same < 10; same++) {
		go_sleep(ms(1));
		if (mem_free_bytes() != before)
			same = 0;
		before = mem_free_bytes();
	}
	return before;
}

#endif

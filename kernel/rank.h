/* The total order of the kernel's locks: a core takes them in rising rank only. CHECK=1 proves it at run time. */
#ifndef SKEIN_RANK_H
#define SKEIN_RANK_H

enum rank {
	RANK_NONE,
	RANK_CHAN,  /* a channel: its buffer and its two wait lists */
	RANK_SYNC,  /* the waiters of a mutex, a waitgroup, a once */
	RANK_TIMER, /* a core's timer heap */
	RANK_SCHED, /* the global queue, the pinned queues, the limit of go_maxprocs, the table of lines */
	RANK_POOL,  /* a slab */
	RANK_PAGES, /* the page allocator */
	RANK_OUT,   /* the console */
};

#endif

/* A reader for the flattened device tree that the firmware or QEMU hands over. It runs before the
 * address space and its caches are on, so it reads single bytes, and its pointers lead into the
 * blob: copy what is needed later. */
#ifndef SKEIN_FDT_H
#define SKEIN_FDT_H
#include <stdbool.h>
#include <stdint.h>
#include "base/config.h"

enum { FDT_RANGES = 16 };

struct fdt {
	unsigned cpus;                 /* usable ones, at most CONFIG_CORES */
	uint64_t cpu_id[CONFIG_CORES]; /* their `reg`: MPIDR affinity or hart id */
	struct fdt_ranges {
		unsigned n; /* as many as the tree has; only FDT_RANGES are kept */
		struct fdt_range {
			uint64_t start, end;
		} range[FDT_RANGES];
	} ram, reserved;      /* of all memory nodes; of /reserved-memory and /memreserve/ */
	uint32_t timebase_hz; /* of /cpus, 0 where there is none */
	const char *bootargs; /* of /chosen, or null */
};

/* false, and no cpu, when there is no tree */
bool fdt_read(const void *blob, struct fdt *);
bool fdt_compatible(const void *blob, const char *what); /* is there a node compatible with it? */
#endif

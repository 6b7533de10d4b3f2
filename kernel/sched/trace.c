/* Each core folds who runs, and when, into a hash of its own (FNV-1a by words). */
#include "sched/core.h"

#define FNV 0x100000001b3u

static uint64_t hashes[CONFIG_CORES];

/* Context: core stack. */
void trace_switch(struct core *core, struct g *g)
{
	uint64_t *hash = &hashes[core->index];

	*hash = (*hash ^ g->id) * FNV;
	*hash = (*hash ^ arch_cycles()) * FNV;
}

/* Context: any. */
uint64_t trace_hash(void)
{
	uint64_t hash = 0;

	for (unsigned i = 0; i < core_count; i++)
		hash = (hash ^ hashes[i]) * FNV;
	return hash;
}

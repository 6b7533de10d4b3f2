/* Each core folds who runs, and when, into a hash of its own (FNV-1a by words). */
#include "sched/core.h"

#define FNV 0x100000001b3u

/* Context: core stack. */
void trace_switch(struct core *core, struct g *g)
{
	core->trace = (core->trace ^ g->id) * FNV;
	core->trace = (core->trace ^ arch_cycles()) * FNV;
}

/* Context: any. */
uint64_t trace_hash(void)
{
	uint64_t hash = 0;

	for (unsigned i = 0; i < core_count; i++)
		hash = (hash ^ cores[i].trace) * FNV;
	return hash;
}

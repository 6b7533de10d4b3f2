/* Cores: what of them is there before any code runs. */
#include "sched/core.h"
#include "memory/pages.h"

struct core cores[CONFIG_CORES];
char core_stacks[CONFIG_CORES][CONFIG_CORE_STACK] __attribute__((aligned(16), section(".noinit")));
static char fault_stacks[CONFIG_CORES][CONFIG_FAULT_STACK]
    __attribute__((aligned(16), section(".noinit")));
static struct arch_frame fault_frames[CONFIG_CORES];
unsigned core_count;

/* Context: boot. */
void core_prepare(unsigned i)
{
	struct core *core = &cores[i];

	core->arch.stack_top = core_stacks[i + 1];
	core->arch.fault_stack_top = fault_stacks[i + 1];
	core->arch.fault_frame = &fault_frames[i];
	core->arch.spare = &fault_frames[i]; /* a stub may need a word of it before preempt_init */
	core->index = i;
	core->idle.preempt_off = 1; /* a handler may not wait */
	core->alarm = UINT64_MAX;
}

/* Context: masked. */
struct held *core_held(void)
{
	return &arch_core()->held;
}

/* Context: masked. */
leaf unsigned core_index(void)
{
	return arch_core()->index;
}

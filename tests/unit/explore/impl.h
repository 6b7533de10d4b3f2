/* The arch contract (arch/arch.h) as far as kernel files need it under the explorer: a thread is
 * a core. */
#ifndef EXPLORE_IMPL_H
#define EXPLORE_IMPL_H
#include "explore.h"

#define ARCH_PAGE 4096

struct arch_context {
	uintptr_t pc;
};
struct arch_frame {
	uintptr_t pc, sp, fp;
};

#define arch_relax() explore_relax()
#define arch_idle() explore_sleep()

#endif

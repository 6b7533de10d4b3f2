/* The arch contract (arch/arch.h) as far as kernel files need it under the explorer: a thread is
 * a core. What is declared here and not defined is the
 * scenario's, or machine.c's. */
#ifndef EXPLORE_IMPL_H
#define EXPLORE_IMPL_H
#include "explore.h"
#include "no_arena.h"

#define ARCH_PAGE 4096
#define ARCH_LIMIT 1 /* no stack is looked at */

struct arch_context {
	uintptr_t pc;
};
struct arch_frame {
	uintptr_t pc, sp, fp;
};

#define arch_relax() explore_relax()
#define arch_touch_stack() ((void)0)

struct core *machine_core(void);
struct g *machine_self(void);
void machine_self_set(struct g *);
uint64_t machine_clock(void);
bool machine_pending(void);
void machine_idle(void);

static inline struct core *arch_core(void)
{
	return machine_core();
}

static inline struct g *arch_self(void)
{
	return machine_self();
}

static inline void arch_self_set(struct g *g)
{
	machine_self_set(g);
}

static inline void arch_spare_set(struct core *core, struct arch_frame *frame)
{
	(void)core, (void)frame;
}

static inline uint64_t arch_cycles(void)
{
	return machine_clock();
}

static inline uintptr_t arch_sp(void)
{
	return 0;
}

static inline bool arch_irq_pending(void)
{
	return machine_pending();
}

static inline void arch_idle(void)
{
	machine_idle();
}

static inline unsigned long arch_irq_off(void)
{
	return 0;
}

static inline bool arch_irq_was_masked(unsigned long was)
{
	return was;
}

static inline bool arch_irq_masked(void)
{
	return true;
}

static inline void arch_irq_on(void)
{
}

static inline void arch_irq_restore(unsigned long was)
{
	(void)was;
}

#endif

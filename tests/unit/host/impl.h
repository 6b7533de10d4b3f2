/* The arch contract (arch/arch.h) on the host: a core is a thread, and so is each goroutine. Of a
 * core's thread and those of its goroutines one runs at a time: it hands the core on by a
 * semaphore, which orders what both do as one core would, and nothing else. So ThreadSanitizer
 * sees each order that the kernel lacks. See host.c. */
#ifndef HOST_IMPL_H
#define HOST_IMPL_H
#include "no_arena.h"

#define ARCH_LIMIT 1 /* a thread's stack is the host's */

#define ARCH_PAGE 4096

enum { HOST_LINE = 1 }; /* of a device that interrupts by chance: see host.c */

/* Of the g, which is a slab block for ever: so is its thread. */
struct arch_context {
	uintptr_t args[5]; /* and what go_capture stored: its caller too */
	void (*entry)(void);
	struct host_thread *thread;
};

struct arch_frame {
	struct host_thread *thread;
	uintptr_t pc, sp, fp;
};

/* A core. Used by the thread that runs on it, but for pending. */
struct host_core {
	struct core *core;
	struct g *self;
	uint64_t alarm;   /* what board_alarm was told */
	uint32_t pending; /* atomic: an interrupt is, by board_wake */
};

extern _Thread_local struct host_core *host_core; /* that this thread runs on */
extern _Thread_local bool host_masked;
extern _Thread_local struct host_thread *host_thread; /* null: a core's own */

void host_unmasked(void); /* takes an interrupt that is due */
uint64_t host_clock(void);
void host_relax(void);
void host_idle(void);
bool host_due(void); /* an interrupt is */
void host_context_init(struct arch_context *, void (*entry)(void), const uintptr_t *arg);

static inline void arch_spare_set(struct core *core, struct arch_frame *frame)
{
	((struct arch_core *)core)->spare = frame;
}

static inline struct core *arch_core(void)
{
	return host_core->core;
}

static inline struct g *arch_self(void)
{
	return host_core->self;
}

static inline void arch_self_set(struct g *g)
{
	host_core->self = g;
}

static inline unsigned long arch_irq_off(void)
{
	bool was = host_masked;

	host_masked = true;
	return was;
}

static inline void arch_irq_on(void)
{
	host_masked = false;
	host_unmasked();
}

static inline void arch_irq_restore(unsigned long masked)
{
	if (!masked)
		arch_irq_on();
}

static inline bool arch_irq_was_masked(unsigned long masked)
{
	return masked;
}

static inline bool arch_irq_masked(void)
{
	return host_masked;
}

static inline uintptr_t arch_sp(void)
{
	return (uintptr_t)__builtin_frame_address(0);
}

static inline uintptr_t arch_fp(void)
{
	return 0;
}

static inline bool arch_on_core_stack(struct core *core)
{
	(void)core;
	return !host_thread;
}

static inline void arch_idle(void)
{
	host_idle();
}

static inline void arch_relax(void)
{
	host_relax();
}

static inline uint64_t arch_cycles(void)
{
	return host_clock();
}

static inline void arch_touch_stack(void)
{
}

static inline bool arch_irq_pending(void)
{
	return host_due();
}

static inline const uintptr_t *arch_captured(const struct arch_context *context)
{
	return context->args;
}

static inline void arch_context_init(struct arch_context *context, uintptr_t stack, void *stack_top,
                                     void (*entry)(void), const uintptr_t *arg)
{
	(void)stack;
	(void)stack_top;
	host_context_init(context, entry, arg);
}

#endif

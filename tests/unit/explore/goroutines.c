/* See goroutines.h. Compiled with -fsanitize=thread, as the kernel files: a goroutine's context is
 * plain memory, written by the core that it leaves and read by who may run it. */
#include "sched/above.h"
#include "sched/slice.h"
#include "goroutines.h"
#include "base/panic.h"

static uint32_t readied[EXPLORE_THREADS]; /* unlocked by who readies the goroutine */
static uint32_t core_0_left;              /* unlocked when thread 0 has parked */

/* Nobody else is this one: three threads suffice where there is an alarm. */
enum { SPARE_CORE = EXPLORE_THREADS - 1 };

void goroutines_init(void)
{
	machine_init();
	core_0_left = SHUT;
	for (unsigned i = 0; i < EXPLORE_THREADS; i++)
		readied[i] = SHUT;
}

/* Whoever readies a goroutine may be the one to run it: it loads the context. */
static void run_elsewhere(struct g *g)
{
	explore_assert(g->context.pc == (uintptr_t)g);
	explore_unlock(&readied[g - goroutine]);
}

void arch_park(struct arch_context *save, void (*fn)(void *), void *arg)
{
	int self = explore_self();

	save->pc = (uintptr_t)save;
	fn(arg);
	explore_lock(&readied[self]);
	if (self == 0)
		machine_be_core(SPARE_CORE);
	save->pc = 0;
}

/* The core stack is left. */
void schedule(void)
{
	if (machine_core() == &cores[0])
		explore_unlock(&core_0_left);
}

unsigned ready(struct g *g, unsigned long was)
{
	(void)was;
	if (g->why < 0)
		bubble_wakes(g);
	explore_assert(g->why > G_RUNNABLE);
	g->why = G_RUNNABLE;
	run_elsewhere(g);
	return 1;
}

void goroutines_await_park(void)
{
	explore_lock(&core_0_left);
}

void goroutines_alarm(void)
{
	struct core *core = &cores[0];
	struct g *g;

	explore_lock(&core_0_left);
	machine_be_core(0);
	kernel_tick();
	g = core->woken;
	core->woken = 0;
	if (g)
		run_elsewhere(g);
}

void commit_unlock(void *l)
{
	unlock(l);
	schedule();
}

void commit_wait(void *unused)
{
	(void)unused;
	schedule();
}

void g_start_call(void (*fn)(void *), void *arg, uintptr_t site)
{
	(void)site;
	fn(arg);
}

bool machine_pending(void)
{
	return false;
}

void go_yield(void)
{
	explore_relax();
}

void alarm_by(struct core *core, uint64_t end)
{
	(void)core, (void)end;
}

void run(struct core *core, struct g *g)
{
	(void)core, (void)g;
}

bool bounds_hold(const struct g *g, uintptr_t sp)
{
	(void)g, (void)sp;
	return true;
}

void panic_bounds(const struct g *g, uintptr_t sp, const struct arch_frame *frame)
{
	(void)sp, (void)frame;
	panic("goroutine %u has left its stack", g->id);
}

void park_aside(enum why why, void (*commit)(void *), void *arg, const void *object)
{
	bubble_park(why, commit, arg, object);
}

void park_aside_until(enum why why, void (*commit)(void *), void *arg, const void *object,
                      uint64_t end)
{
	bubble_park_until(why, commit, arg, object, end);
}

void park_refused(enum why why)
{
	(void)why;
	explore_fail("park refused", __FILE__, __LINE__);
}

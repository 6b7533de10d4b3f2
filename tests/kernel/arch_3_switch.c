/* arch_context_init, arch_park, arch_load and arch_call_on: arguments, stacks, masking, floating
 * point and what survives. */
// test: check=0 cores=1,4
#include "arch.h"
#include "sched/core.h"
#include "sched/stack.h"
#include "test.h"

static uintptr_t got[4], entry_sp;
static bool entry_open;
static struct arch_context fresh;
static char stack[4096] __attribute__((aligned(16)));

static void back(void *context)
{
	struct core *core = arch_core();
	char *here = __builtin_frame_address(0);

	check(arch_irq_masked() && arch_on_core_stack(core));
	check((char *)core->arch.stack_top - here < 256); /* entered fresh */
	arch_load(context);
}

/* What a callee-saved register or a local of the caller holds is there after. */
static void park_and_load(void)
{
	struct arch_context *context = &arch_self()->context;
	volatile double half = 0.5;
	double kept = half * 3;
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	unsigned long was = arch_irq_off();

	for (unsigned i = 0; i < 1000; i++) {
		arch_park(context, back, context);
		if (!arch_irq_masked() || arch_on_core_stack(arch_core()) || kept != 1.5)
			check(!"arch_park returns to where it came from, masked");
	}
	check(arch_context_sp(context) <= sp && sp - arch_context_sp(context) < 512);
	arch_irq_restore(was);
}

static void entry(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
	volatile double one = 1;

	got[0] = a, got[1] = b, got[2] = c, got[3] = d;
	entry_sp = (uintptr_t)__builtin_frame_address(0);
	entry_open = !arch_irq_masked();
	if (one / 2 == 0.5) {
		arch_irq_off();
		arch_load(&arch_self()->context); /* into park_and_start */
	}
}

static void load_fresh(void *arg)
{
	arch_load(arg);
}

/* A context of our own in place of this goroutine's: no other may run in between, so preemption
 * is off. */
static void park_and_start(void)
{
	const uintptr_t args[ARCH_ARGUMENTS] = {11, 22, UINTPTR_MAX, 44};
	unsigned long was;

	go_preempt_off();
	arch_context_init(&fresh, (uintptr_t)stack, stack + sizeof(stack), (void (*)(void))entry,
	                  args);
	check(arch_context_pc(&fresh) == (uintptr_t)entry);
	check(arch_context_sp(&fresh) > (uintptr_t)stack);
	was = arch_irq_off();
	arch_park(&arch_self()->context, load_fresh, &fresh);
	arch_irq_restore(was);
	go_preempt_on();
	check(got[0] == 11 && got[1] == 22 && got[2] == UINTPTR_MAX && got[3] == 44);
	check(entry_open);
	check(entry_sp > (uintptr_t)stack && entry_sp <= (uintptr_t)stack + sizeof(stack));
}

static void called(void *arg)
{
	char *here = __builtin_frame_address(0);

	check(here > stack && here <= stack + sizeof(stack));
	check((uintptr_t)__builtin_frame_address(0) % 16 == 0);
	check(!arch_irq_masked());
	++*(int *)arg;
	go_yield(); /* parks there too */
	++*(int *)arg;
}

int main(void)
{
	int n = 0;

	park_and_load();
	stack_mark((uintptr_t)stack);
	arch_self()->top->borrowed_size = sizeof(stack);
	arch_self()->top->borrowed = (uintptr_t)stack; /* or it has left its own */
	park_and_start();
	arch_call_on((uintptr_t)stack, stack + sizeof(stack), called, &n);
	check(n == 2);
	return test_done();
}
